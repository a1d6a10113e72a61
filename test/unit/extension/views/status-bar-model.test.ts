import { describe, expect, it } from 'vitest';
import { LiveState } from '../../../../extension/client/live-state.ts';
import type { StudioState } from '../../../../extension/studio-state.ts';
import type { ProcessStatus, RuntimeState } from '../../../../extension/supervisor/state.ts';
import { processRows } from '../../../../extension/views/process-rows.ts';
import { statusBarFace, statusBarFacts } from '../../../../extension/views/status-bar-model.ts';
import type { RuntimeStatus } from '../../../../runtime/contracts/http.ts';
import { agent, breaker, ready, replica, status, used } from '../support/fixtures.ts';

const folder = '/home/ada/boardroom';

function live(part: Partial<RuntimeStatus> = {}): LiveState {
  const state = new LiveState({ onChange: () => undefined });
  const agents = ['ceo', 'cfo', 'cmo'].map((agent_id) => agent({ agent_id }));
  state.apply({ event: 'snapshot', status: status({ usage: used, ...part }), agents, adapters: [], shards: [] });
  state.dispose();
  return state;
}

function lost(): LiveState {
  const state = new LiveState({ onChange: () => undefined });
  state.setDisconnected(new Error('refused'));
  return state;
}

function process(name: string, state: ProcessStatus['state'], part: Partial<ProcessStatus> = {}): ProcessStatus {
  const role = name === 'cloud' ? 'cloud' : 'replica';
  return { name, role, state, pid: 1, since: 0, readyMs: undefined, exit: undefined, ...part };
}

const running = (processes: ProcessStatus[] = []): RuntimeState => ({ kind: 'running', folder, ready, processes });
const deployed = { name: 'aos-rg', url: 'https://aos.example', token: async () => 'token' };
const openBreaker = breaker({ state: 'open', failures: 5, next_attempt_ms: 42_000 });

describe('the item of the status bar', () => {
  it.each<[StudioState, LiveState, string, string | undefined, string]>([
    [{ kind: 'stopped', folder }, live(), '$(circle-slash) AOS stopped', undefined, 'start'],
    [
      {
        kind: 'starting',
        folder,
        since: 0,
        processes: [process('replica-1', 'ready'), process('replica-2', 'starting')],
      },
      live(),
      '$(loading~spin) AOS starting 1/2',
      undefined,
      'log',
    ],
    [running(), live(), '$(pulse) AOS 3 agents · p95 1.9 s · simulated', undefined, 'ask'],
    [{ kind: 'running', folder, deployed }, live(), '$(cloud) AOS aos-rg · p95 1.9 s', undefined, 'ask'],
    [{ kind: 'running', deployed }, lost(), '$(warning) AOS does not answer', 'warning', 'log'],
    [running(), live({ engine: 'llama' }), '$(pulse) AOS 3 agents · p95 1.9 s', undefined, 'ask'],
    [
      running(),
      live({ replicas: [replica({ replica: 'replica-1', breakers: [openBreaker] })] }),
      '$(warning) AOS breaker open: lorax',
      'warning',
      'log',
    ],
    [running([process('replica-2', 'restarting')]), live(), '$(warning) AOS replica 2 down', 'warning', 'log'],
    [running(), live({ config_error: 'line 3' }), '$(warning) AOS aos.json has an error', 'warning', 'log'],
    [
      { kind: 'failed', folder, failure: 'crashed', message: 'x' },
      live(),
      '$(error) AOS stopped unexpectedly',
      'error',
      'log',
    ],
    [{ kind: 'failed', folder, failure: 'config', message: 'x' }, live(), '$(error) AOS did not start', 'error', 'log'],
  ])('%o', (state, known, text, background, click) => {
    expect(statusBarFace(state, known)).toMatchObject({ text, background, click });
  });

  it.each(['noFolder', 'noConfig', 'untrusted'] as const)('is not there: %s', (kind) => {
    expect(statusBarFace({ kind, folder }, live())).toBeUndefined();
  });

  it('is read without its icon', () => {
    expect(statusBarFace({ kind: 'stopped', folder }, live())?.label).toBe('AOS stopped');
  });

  it('explains itself in the tooltip', () => {
    expect(statusBarFacts(live()).map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Replicas: 1 of 1 running',
      'Agents: 3 asleep',
      'Answers: 1,317 requests · p95 1.9 s · 0.4 % errors',
      'Cache: 58 % hits',
      'Engine: simulated, this machine only',
    ]);
  });
});

describe('the rows of a start', () => {
  it('name the processes with their times', () => {
    const processes = [
      process('cloud', 'ready', { readyMs: 412 }),
      process('replica-1', 'starting', { since: 1000 }),
      process('replica-2', 'restarting', { exit: 'signal SIGKILL' }),
    ];
    expect(processRows(processes, 0, 2200).map(({ label, description, icon }) => [label, description, icon])).toEqual([
      ['Local cloud', 'ready, 0.4 s', 'check'],
      ['Replica 1', 'starting, 1.2 s', 'loading~spin'],
      ['Replica 2', 'starts again (signal SIGKILL)', 'loading~spin'],
    ]);
  });

  it('name the runtime before the first process is known', () => {
    expect(processRows([], 1000, 1500)).toMatchObject([{ label: 'Runtime', description: 'starting, 0.5 s' }]);
  });
});
