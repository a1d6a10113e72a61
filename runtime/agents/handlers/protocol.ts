import type { LogRecord } from '../../core/logger.ts';
import type { ContextCalls } from '../agent-context.ts';
import type { AgentEvent } from '../define-agent.ts';

/** What a handler's thread is started with. */
export interface ThreadData {
  /** The workspace, and the file with the handlers relative to it. */
  folder: string;
  file: string;
}

/** An error on its way between threads: a class does not survive it, its name, code and text do. */
export interface SentError {
  name: string;
  message: string;
  code: string | undefined;
  stack: string | undefined;
}

/** From the runtime to a handler's thread. `run` numbers one handling of one event, `call` one use of the context in it. */
export type ToThread =
  | { type: 'run'; run: number; handler: string; event: AgentEvent; agentId: string; purpose: string }
  | { type: 'abort'; run: number; reason: SentError }
  | { type: 'answer'; run: number; call: number; value: unknown }
  | { type: 'refusal'; run: number; call: number; error: SentError }
  | { type: 'ping'; ping: number };

export type FromThread =
  | { type: 'loaded'; handlers: string[] }
  | { type: 'not-loaded'; error: SentError }
  | { type: 'call'; run: number; call: number; method: keyof ContextCalls; args: unknown[] }
  | { type: 'log'; run: number; level: LogRecord['level']; message: string; fields: LogRecord['fields'] }
  | { type: 'done'; run: number; result: unknown }
  | { type: 'failed'; run: number; error: SentError }
  | { type: 'pong'; ping: number };

export function toSentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined, stack: undefined };
  const code = 'code' in error ? String(error.code) : undefined;
  return { name: error.name, message: error.message, code, stack: error.stack };
}

/** An error with the name and the code it had in the other thread. */
export function fromSentError({ name, message, code, stack }: SentError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
