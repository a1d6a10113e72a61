import { type ChildProcess, fork } from 'node:child_process';
import { type LauncherCommand, type LauncherEvent, launcherEventSchema } from '../../runtime/contracts/launcher.ts';
import { type LaunchOptions, launchArguments, launchEnvironment } from './launch-options.ts';
import type { LogRecord } from './log-format.ts';
import { LogLines } from './log-lines.ts';

export interface LauncherHandlers {
  onEvent(event: LauncherEvent): void;
  onLog(record: LogRecord): void;
  /** Once, after the last event and the last log record. */
  onExit(exit: { code: number | null; signal: string | null }): void;
}

/** A running launcher (`main.js up`): it starts, watches and ends the local cloud and the replicas. */
export interface Launcher {
  readonly pid: number | undefined;
  /** Asks it to stop everything; resolves when it has ended. After `graceMs` it is ended by force. */
  stop(options?: { graceMs?: number }): Promise<void>;
  send(command: LauncherCommand): void;
}

export const STOP_GRACE_MS = 10_000;

/**
 * Starts a launcher with this process's own executable. It leaves by itself when the IPC channel closes, so nothing stays
 * behind when VS Code is closed or killed.
 */
export function startLauncher(options: LaunchOptions, handlers: LauncherHandlers): Launcher {
  const child = fork(options.main, launchArguments(options), {
    cwd: options.folder,
    env: launchEnvironment(options, process.env),
    execPath: process.execPath,
    // The extension host's own arguments (an inspector port, flags of Electron) are not for our processes.
    execArgv: [],
    silent: true,
    serialization: 'json',
  });
  const logs = new LogLines(handlers.onLog);
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (chunk: string) => logs.push(chunk));
  // stdout carries the ready line, which also comes over IPC; it must be drained or the launcher blocks.
  child.stdout?.resume();
  child.on('message', (message) => {
    const parsed = launcherEventSchema.safeParse(message);
    if (parsed.success) handlers.onEvent(parsed.data);
    else handlers.onLog(notUnderstood(message, parsed.error));
  });
  const ended = whenEnded(child).then((exit) => {
    logs.end();
    handlers.onExit(exit);
  });
  return {
    get pid() {
      return child.pid;
    },
    send: (command) => send(child, command),
    async stop({ graceMs = STOP_GRACE_MS } = {}) {
      send(child, { type: 'stop' });
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended.finally(() => clearTimeout(force));
    },
  };
}

function send(child: ChildProcess, command: LauncherCommand): void {
  // Between the end of the channel and the end of the process a send fails; the end is reported by whenEnded.
  if (child.connected) child.send(command, () => undefined);
}

/** Resolves when the process has ended and its output is read, or when it could not be started at all. */
function whenEnded(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}

function notUnderstood(message: unknown, cause: Error): LogRecord {
  return {
    time: new Date().toISOString(),
    level: 'warn',
    scope: 'extension.supervisor',
    message: 'The launcher sent a message that this version does not know.',
    fields: { message, error: cause.message },
  };
}
