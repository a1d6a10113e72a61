import { type ChildProcess, fork } from 'node:child_process';
import type { LogRecord } from './log-format.ts';
import { LogLines } from './log-lines.ts';

export interface ForkOptions {
  /** `dist/runtime/main.js`. */
  main: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  onLog(record: LogRecord): void;
}

/** How a process ended; both null: it could not be started. */
export interface Exit {
  code: number | null;
  signal: string | null;
}

/**
 * Forks one of the runtime's processes with this process's own executable. It leaves by itself when the IPC channel closes,
 * so nothing stays behind when VS Code is closed or killed. What it writes to stderr is logged; `ended` resolves after that.
 */
export function forkRuntime({ main, args, cwd, env, onLog }: ForkOptions): {
  child: ChildProcess;
  ended: Promise<Exit>;
} {
  const child = fork(main, args, {
    cwd,
    env,
    execPath: process.execPath,
    // The extension host's own arguments (an inspector port, flags of Electron) are not for our processes.
    execArgv: [],
    silent: true,
    serialization: 'json',
  });
  const logs = new LogLines(onLog);
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (chunk: string) => logs.push(chunk));
  // What counts comes over IPC; stdout must be drained or the process blocks.
  child.stdout?.resume();
  const ended = whenEnded(child).then((exit) => {
    logs.end();
    return exit;
  });
  return { child, ended };
}

/** Between the end of the channel and the end of the process a send fails; the end is reported by `ended`. */
export function sendTo(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => undefined);
}

/** A message that the contract does not have, for the log. */
export function notUnderstood(sender: string, message: unknown, cause: Error): LogRecord {
  return {
    time: new Date().toISOString(),
    level: 'warn',
    scope: 'extension.supervisor',
    message: `${sender} sent a message that this version does not know.`,
    fields: { message, error: cause.message },
  };
}

/** Resolves when the process has ended and its output is read, or when it could not be started at all. */
function whenEnded(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}
