import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LaunchOptions } from '../../../../extension/supervisor/launch-options.ts';
import type { Launcher, LauncherHandlers } from '../../../../extension/supervisor/launcher-process.ts';
import type { LogRecord } from '../../../../extension/supervisor/log-format.ts';
import type { RuntimeState, Workspace } from '../../../../extension/supervisor/state.ts';
import { Supervisor } from '../../../../extension/supervisor/supervisor.ts';
import type { LauncherEvent } from '../../../../runtime/contracts/launcher.ts';
import { ready } from '../support/fixtures.ts';

const folder = '/home/ada/boardroom';
const workspace: Workspace = { folder, hasConfig: true, trusted: true };
const options = { folder, main: 'main.js' } as LaunchOptions;

/** The launchers that were started, with their handlers: the test plays the process. */
function play(part: { workspace?: Workspace; restarts?: boolean } = {}) {
  const launchers: { handlers: LauncherHandlers; stopped: boolean; end(): void }[] = [];
  const states: RuntimeState['kind'][] = [];
  const events: LauncherEvent[] = [];
  const logs: LogRecord[] = [];
  const supervisor = new Supervisor({
    workspace: part.workspace ?? workspace,
    async launch(_options, handlers): Promise<Launcher> {
      const ended = Promise.withResolvers<void>();
      const launcher = { handlers, stopped: false, end: ended.resolve };
      launchers.push(launcher);
      return {
        pid: launchers.length,
        send: () => undefined,
        stop() {
          launcher.stopped = true;
          return ended.promise;
        },
      };
    },
    onChange: (state) => states.push(state.kind),
    onEvent: (event) => events.push(event),
    onLog: (record) => logs.push(record),
    restarts: () => part.restarts ?? true,
    now: Date.now,
  });
  return { supervisor, launchers, states, events, logs };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('starting', () => {
  it('resolves when the launcher is ready', async () => {
    const { supervisor, launchers, states } = play();
    const started = supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    launchers[0]!.handlers.onEvent({ type: 'ready', ready });
    expect((await started).kind).toBe('running');
    expect(states).toEqual(['starting', 'running']);
  });

  it('runs one launcher, however often it is asked', async () => {
    const { supervisor, launchers } = play();
    const both = Promise.all([supervisor.start(options), supervisor.start(options)]);
    await vi.advanceTimersByTimeAsync(0);
    launchers[0]!.handlers.onEvent({ type: 'ready', ready });
    await both;
    expect(launchers).toHaveLength(1);
  });

  it.each<[Partial<Workspace>, RegExp]>([
    [{ trusted: false }, /trust/],
    [{ hasConfig: false }, /no aos\.json/],
    [{ folder: undefined }, /No folder/],
  ])('refuses with a reason: %o', async (part, reason) => {
    const { supervisor, launchers } = play({ workspace: { ...workspace, ...part } });
    await expect(supervisor.start(options)).rejects.toThrow(reason);
    expect(launchers).toHaveLength(0);
  });

  it('ends in failed when the executable cannot be run', async () => {
    const { supervisor, launchers } = play();
    const started = supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    launchers[0]!.handlers.onExit({ code: null, signal: null });
    expect(await started).toMatchObject({ kind: 'failed', failure: 'nodeMissing' });
  });

  it('rejects with the reason of its signal, and the start goes on', async () => {
    const { supervisor } = play();
    const controller = new AbortController();
    const started = supervisor.start(options, controller.signal);
    controller.abort(new Error('enough'));
    await expect(started).rejects.toThrow('enough');
    expect(supervisor.state.kind).toBe('starting');
  });
});

describe('a launcher that dies by itself', () => {
  it('is started again, later each time, and three times within a minute', async () => {
    const { supervisor, launchers, logs } = play();
    void supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    for (const [index, delayMs] of [500, 1000, 2000].entries()) {
      launchers[index]!.handlers.onExit({ code: 1, signal: null });
      expect(supervisor.state.kind).toBe('starting');
      await vi.advanceTimersByTimeAsync(delayMs - 1);
      expect(launchers).toHaveLength(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(launchers).toHaveLength(index + 2);
    }
    launchers[3]!.handlers.onExit({ code: null, signal: 'SIGKILL' });
    expect(supervisor.state).toMatchObject({ kind: 'failed', failure: 'crashed' });
    expect(supervisor.state).toHaveProperty('message', expect.stringContaining('signal SIGKILL'));
    expect(logs.every(({ level }) => level === 'error')).toBe(true);
  });

  it('stays down if the setting says so', async () => {
    const { supervisor, launchers } = play({ restarts: false });
    const started = supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    launchers[0]!.handlers.onExit({ code: 1, signal: null });
    expect((await started).kind).toBe('failed');
  });

  it('keeps the reason it gave before it left', async () => {
    const { supervisor, launchers } = play();
    const started = supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    const { handlers } = launchers[0]!;
    handlers.onEvent({ type: 'failed', failure: 'config', code: 'AOS_CONFIG_INVALID', message: 'aos.json line 3: …' });
    handlers.onExit({ code: 1, signal: null });
    expect(await started).toMatchObject({ kind: 'failed', failure: 'config', message: 'aos.json line 3: …' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(launchers).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('resolves when the process has ended, and the state follows it', async () => {
    const { supervisor, launchers, states } = play();
    void supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    const stopped = supervisor.stop();
    expect(supervisor.state.kind).toBe('stopping');
    launchers[0]!.end();
    await stopped;
    expect(states).toEqual(['starting', 'stopping', 'stopped']);
  });

  it('cancels a restart that is due', async () => {
    const { supervisor, launchers } = play();
    void supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    launchers[0]!.handlers.onExit({ code: 1, signal: null });
    await supervisor.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(launchers).toHaveLength(1);
    expect(supervisor.state.kind).toBe('stopped');
  });

  it('ignores what an older launcher still says', async () => {
    const { supervisor, launchers, events } = play();
    void supervisor.start(options);
    await vi.advanceTimersByTimeAsync(0);
    const stopped = supervisor.stop();
    launchers[0]!.end();
    await stopped;
    launchers[0]!.handlers.onEvent({ type: 'ready', ready });
    expect(supervisor.state.kind).toBe('stopped');
    expect(events).toEqual([]);
  });

  it('is idempotent', async () => {
    const { supervisor, states } = play();
    await Promise.all([supervisor.dispose(), supervisor.dispose()]);
    expect(states).toEqual([]);
  });
});
