import type { z } from 'zod';
import { t } from '../l10n.ts';
import { nodeEnvironment } from './launch-options.ts';
import type { LogRecord } from './log-format.ts';
import { type Exit, forkRuntime, notUnderstood, sendTo } from './runtime-process.ts';
import { describeExit } from './state.ts';

/** A cancelled process answers with what it has; one that does not is ended by force. */
const CANCEL_GRACE_MS = 10_000;

export interface JobProcessOptions<S extends z.ZodType> {
  /** `dist/runtime/main.js`. */
  main: string;
  /** Its first argument, e.g. `benchmark`. */
  role: string;
  /** How the log calls it. */
  name: string;
  cwd: string;
  logLevel: string;
  /** Variables besides those of VS Code's own environment. */
  environment?: Record<string, string>;
  /** What it says. */
  messages: S;
  onMessage(message: z.infer<S>): void;
  onLog(record: LogRecord): void;
}

/** A process of the runtime that does one job, told over IPC, and ends. */
export interface JobProcess {
  send(message: object): void;
  /** Sends `cancel`; a process that does not end then is ended by force. */
  cancel(options?: { graceMs?: number }): void;
  /** Closes the channel: what the process has begun elsewhere goes on without it. */
  leave(): void;
  /** After the last message and the last log record. */
  readonly ended: Promise<Exit>;
}

export function startJob<S extends z.ZodType>(options: JobProcessOptions<S>): JobProcess {
  const { main, role, name, cwd, logLevel, environment = {}, messages, onMessage, onLog } = options;
  const env = { ...nodeEnvironment(process.env), ...environment, AOS_LOG_LEVEL: logLevel };
  const { child, ended } = forkRuntime({ main, args: [role], cwd, env, onLog });
  child.on('message', (message) => {
    const parsed = messages.safeParse(message);
    if (parsed.success) onMessage(parsed.data);
    else onLog(notUnderstood(name, message, parsed.error));
  });
  let force: NodeJS.Timeout | undefined;
  return {
    send: (message) => sendTo(child, message),
    cancel({ graceMs = CANCEL_GRACE_MS } = {}) {
      sendTo(child, { type: 'cancel' });
      force ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    },
    leave() {
      if (child.connected) child.disconnect();
    },
    ended: ended.finally(() => clearTimeout(force)),
  };
}

/** Why a process is gone that has told no outcome, e.g. `exit code 1`. */
export function exitText({ code, signal }: Exit): string {
  return code === null && signal === null ? t('it could not be started') : describeExit({ exit_code: code, signal });
}
