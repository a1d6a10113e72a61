import { describe, expect, it } from 'vitest';
import {
  describeExit,
  type Input,
  type RuntimeState,
  reduce,
  restingState,
  type Workspace,
} from '../../../../extension/supervisor/state.ts';
import { ready } from '../support/fixtures.ts';

const folder = '/home/ada/boardroom';
const workspace: Workspace = { folder, hasConfig: true, trusted: true };
const stopped = restingState(workspace);
const starting = reduce(stopped, { type: 'start', folder, at: 1000 });
const process = (part: object): Input => ({
  type: 'launcher',
  at: 2000,
  event: { type: 'process', role: 'replica', name: 'replica-1', state: 'starting', ...part } as never,
});

describe('what the state is while nothing runs', () => {
  it.each<[Partial<Workspace>, RuntimeState['kind']]>([
    [{ folder: undefined, hasConfig: false }, 'noFolder'],
    [{ hasConfig: false }, 'noConfig'],
    [{ trusted: false }, 'untrusted'],
    [{}, 'stopped'],
  ])('%o is %s', (part, kind) => {
    expect(restingState({ ...workspace, ...part }).kind).toBe(kind);
  });
});

describe('a start', () => {
  it('collects the processes, the cloud first and the replicas by number', () => {
    const state = [
      process({ name: 'replica-10', pid: 10 }),
      process({ name: 'replica-2', pid: 2 }),
      process({ role: 'cloud', name: 'cloud', state: 'ready', pid: 1, ms: 412 }),
    ].reduce(reduce, starting);
    expect(state.kind === 'starting' && state.processes.map(({ name }) => name)).toEqual([
      'cloud',
      'replica-2',
      'replica-10',
    ]);
    expect(state.kind === 'starting' && state.processes[0]).toMatchObject({ state: 'ready', readyMs: 412, pid: 1 });
  });

  it('is running when the launcher says ready, and keeps the processes', () => {
    const state = reduce(reduce(starting, process({ pid: 7 })), {
      type: 'launcher',
      at: 3000,
      event: { type: 'ready', ready },
    });
    expect(state).toMatchObject({
      kind: 'running',
      ready: { http: ready.http },
      processes: [{ name: 'replica-1', pid: 7 }],
    });
  });

  it('ends in the failure that the launcher names', () => {
    const event = {
      type: 'failed',
      failure: 'dataLocked',
      code: 'AOS_DATA_LOCKED',
      message: 'locked by 48213',
    } as const;
    expect(reduce(starting, { type: 'launcher', at: 3000, event })).toEqual({
      kind: 'failed',
      folder,
      failure: 'dataLocked',
      message: 'locked by 48213',
    });
  });

  it('says how a process ended, and forgets its process number', () => {
    const state = [process({ pid: 7 }), process({ state: 'restarting', exit_code: 137, signal: null })].reduce(
      reduce,
      starting,
    );
    expect(state.kind === 'starting' && state.processes[0]).toMatchObject({
      state: 'restarting',
      pid: undefined,
      exit: 'exit code 137: out of memory',
    });
  });
});

describe('an input that means nothing in a state', () => {
  it.each<[string, Input]>([
    ['a stop', { type: 'stop' }],
    ['an event of a launcher', process({ pid: 7 })],
    ['a relaunch', { type: 'relaunch', at: 1 }],
  ])('%s leaves the stopped state as it is', (_name, input) => {
    expect(reduce(stopped, input)).toBe(stopped);
  });

  it('a second start changes nothing', () => {
    expect(reduce(starting, { type: 'start', folder, at: 9000 })).toBe(starting);
  });
});

describe('a workspace that changes', () => {
  const failed: RuntimeState = { kind: 'failed', folder, failure: 'crashed', message: 'gone' };

  it('does not touch what runs', () => {
    expect(reduce(starting, { type: 'workspace', workspace: { ...workspace, hasConfig: false } })).toBe(starting);
  });

  it('leaves a failure to be read while it could be started again', () => {
    expect(reduce(failed, { type: 'workspace', workspace })).toBe(failed);
  });

  it('replaces a failure when there is nothing to start any more', () => {
    expect(reduce(failed, { type: 'workspace', workspace: { ...workspace, hasConfig: false } })).toEqual({
      kind: 'noConfig',
      folder,
    });
  });

  it('rests in another folder', () => {
    const other = { ...workspace, folder: '/home/ada/other' };
    expect(reduce(stopped, { type: 'workspace', workspace: other })).toEqual({
      kind: 'stopped',
      folder: '/home/ada/other',
    });
  });
});

describe('describeExit', () => {
  it.each([
    [{ exit_code: 1, signal: null }, 'exit code 1'],
    [{ exit_code: null, signal: 'SIGKILL' }, 'signal SIGKILL'],
    [{ exit_code: 134, signal: null }, 'exit code 134: out of memory'],
    [{}, 'exit code unknown'],
  ])('%o is "%s"', (event, text) => {
    expect(describeExit(event)).toBe(text);
  });
});
