import { type ErrorBody, type ErrorCode, errorCodes } from '../contracts/errors.ts';

export interface AosErrorOptions {
  /** What caused it; kept for logs, never sent to a client. */
  cause?: unknown;
  /** Facts a client can act on, e.g. `{ retry_after_ms: 42_000 }`. Sent to clients: no secrets, no prompts. */
  details?: Record<string, unknown>;
}

/**
 * The one error of this project. The message says what happened, why, and what to do next; the code says it to programs.
 */
export class AosError extends Error {
  override readonly name = 'AosError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: AosErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  /** The HTTP status that goes with the code. */
  get status(): number {
    return errorCodes[this.code].http;
  }

  toBody(): ErrorBody {
    return { error: this.message, code: this.code, ...(this.details ? { details: this.details } : {}) };
  }
}

/** True for an AosError, also one of another copy of this module (another bundle, another process). */
export function isAosError(error: unknown): error is AosError {
  return error instanceof Error && error.name === 'AosError' && 'code' in error;
}

/** One line for people from anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : JSON.stringify(error) || String(error);
}

/** True if `error` says that work was cancelled by an AbortSignal (and not that it failed). */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
