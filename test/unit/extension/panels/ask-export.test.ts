import { describe, expect, it } from 'vitest';
import { LiveState } from '../../../../extension/client/live-state.ts';
import { toJson, toMarkdown } from '../../../../extension/panels/ask/ask-export.ts';
import { askRuntime } from '../../../../extension/panels/ask/ask-runtime.ts';
import { answer, column, comparison, done, exchange, failure } from '../../webview/fixtures.ts';
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
    expect(toMarkdown([done(), failed], [], 'Asked in boardroom')).toBe(
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

  it('has comparisons in the order of time, with an answer or an error for each adapter', () => {
    const failure404 = failure('adapterRefused', { code: 'AOS_ADAPTER_REFUSED', message: 'No such file.' });
    const compared = comparison([
      column({ progress: { kind: 'done', answer: answer() } }),
      column({ adapter: null, revision: null, progress: { kind: 'failed', afterMs: 1, failure: failure404 } }),
    ]);
    const text = toMarkdown([{ ...done(), askedAt: compared.askedAt + 1 }], [compared], 'Asked in boardroom');
    expect(text).toContain(
      [
        '## Comparison · 2026-11-24T11:02:17.000Z',
        '> What should we stop?',
        '### ceo @3f9a1c',
        'Stop custom builds for single customers.',
        '*simulated · 1.58 s · 20 tokens in, 96 out*',
        '### base model',
        '**AOS_ADAPTER_REFUSED**: No such file.',
        '*simulated · failed*',
      ].join('\n\n'),
    );
    expect(text.indexOf('## Comparison')).toBeLessThan(text.indexOf('## ceo'));
  });

  it('says of a fallback answer that it is one', () => {
    expect(toMarkdown([done({ fallback: true })], [], 'x')).toContain(' · fallback answer*');
  });

  it('for programs has everything', () => {
    expect(JSON.parse(toJson([failed], [comparison([column()])]))).toMatchObject({
      exchanges: [failed],
      comparisons: [{ id: 'c1' }],
    });
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
    const runtime = askRuntime({
      state: { kind: 'running', folder: '/home/ada', ready, processes: [] },
      live,
      stoppedAt: null,
    });
    expect(runtime.agents.map(({ id }) => id)).toEqual(['ceo', 'cmo', 'investor']);
    expect(runtime.agents[1]).toMatchObject({ adapter: 'cmo', revision: '91ce07' });
    expect(runtime).toMatchObject({ state: 'running', engine: 'simulated', endpoint: '127.0.0.1:8080' });
  });
});
