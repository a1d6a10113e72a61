import { type LauncherCommand, type LauncherEvent, launcherEventSchema } from '../../runtime/contracts/launcher.ts';
import { type LaunchOptions, launchArguments, launchEnvironment } from './launch-options.ts';
import type { LogRecord } from './log-format.ts';
import { type Exit, forkRuntime, notUnderstood, sendTo } from './runtime-process.ts';

export interface LauncherHandlers {
  onEvent(event: LauncherEvent): void;
  onLog(record: LogRecord): void;
  /** Once, after the last event and the last log record. */
  onExit(exit: Exit): void;
}

/** A running launcher (`main.js up`): it starts, watches and ends the local cloud and the replicas. */
export interface Launcher {
  readonly pid: number | undefined;
  /** Asks it to stop everything; resolves when it has ended. After `graceMs` it is ended by force. */
  stop(options?: { graceMs?: number }): Promise<void>;
  send(command: LauncherCommand): void;
}

export const STOP_GRACE_MS = 10_000;

/** Starts a launcher. */
export function startLauncher(options: LaunchOptions, handlers: LauncherHandlers): Launcher {
  const { child, ended } = forkRuntime({
    main: options.main,
    args: launchArguments(options),
    cwd: options.folder,
    env: launchEnvironment(options, process.env),
    onLog: handlers.onLog,
  });
  child.on('message', (message) => {
    const parsed = launcherEventSchema.safeParse(message);
    if (parsed.success) handlers.onEvent(parsed.data);
    else handlers.onLog(notUnderstood('The launcher', message, parsed.error));
  });
  void ended.then(handlers.onExit);
  return {
    get pid() {
      return child.pid;
    },
    send: (command) => sendTo(child, command),
    async stop({ graceMs = STOP_GRACE_MS } = {}) {
      sendTo(child, { type: 'stop' } satisfies LauncherCommand);
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended.finally(() => clearTimeout(force));
    },
  };
}
