import { describe, expect, it } from 'vitest';
import { LiveState } from '../../../../extension/client/live-state.ts';
import { toJson, toMarkdown } from '../../../../extension/panels/ask/ask-export.ts';
import { askRuntime } from '../../../../extension/panels/ask/ask-runtime.ts';
import { done, exchange, failure } from '../../webview/fixtures.ts';
import { adapter, agent, ready, status } from '../support/fixtures.ts';

describe('an export', () => {
  const failed = exchange({
    prompt: 'List\nall.',
    progress: {
      kind: 'failed',
      afterMs: 1,
      firstTokenMs: null,
      tokensOut: 0,
      text: 'Three',
      failure: failure('deadline'),
    },
  });

  it('for people names the engine of each answer', () => {
    expect(toMarkdown([done(), failed], 'Asked in boardroom')).toBe(
      [
        '# Asked in boardroom',
        '## ceo · 2026-11-24T11:02:17.000Z',
        '> What are our Q2 goals?',
        'Two goals for Q2.',
        '*ceo @3f9a1c · simulated · 1.62 s · 61 tokens in, 148 out · not cached*',
        '## ceo · 2026-11-24T11:02:17.000Z',
        '> List\n> all.',
        'Three',
        '**AOS_X**: In the server’s words.',
        '*ceo @3f9a1c · simulated · failed*',
        '',
      ]
        .join('\n\n')
        .replace(/\n\n$/, '\n'),
    );
  });

  it('for programs has everything', () => {
    expect(JSON.parse(toJson([failed])).exchanges).toEqual([failed]);
  });
});

describe('what the panel knows of the runtime', () => {
  const live = new LiveState({ onChange: () => undefined });
  live.apply({
    event: 'snapshot',
    status: status(),
    agents: [
      agent({ agent_id: 'investor', state: 'failed', priority: 'critical' }),
      agent({ agent_id: 'cmo', adapter: 'cmo' }),
      agent({ agent_id: 'ceo', priority: 'critical' }),
    ],
    adapters: [adapter({ name: 'cmo', revision: '91ce07' })],
    shards: [],
  });
  live.dispose();

  it('lists critical agents first and those that failed last', () => {
    const runtime = askRuntime({ kind: 'running', folder: '/home/ada', ready, processes: [] }, live, null);
    expect(runtime.agents.map(({ id }) => id)).toEqual(['ceo', 'cmo', 'investor']);
    expect(runtime.agents[1]).toMatchObject({ adapter: 'cmo', revision: '91ce07' });
    expect(runtime).toMatchObject({ state: 'running', engine: 'simulated', endpoint: '127.0.0.1:8080' });
  });
});
