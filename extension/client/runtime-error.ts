import type { ErrorCode } from '../../runtime/contracts/errors.ts';

export interface RuntimeErrorOptions {
  cause?: unknown;
  details?: Record<string, unknown> | undefined;
  traceId?: string | undefined;
  /** From `Retry-After` or `details.retry_after_ms`. */
  retryAfterMs?: number | undefined;
}

/** What the runtime's API answered instead of a result; or that it did not answer (`AOS_NOT_RUNNING`). */
export class RuntimeError extends Error {
  override readonly name = 'AosError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly traceId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: RuntimeErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.traceId = options.traceId;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export function isRuntimeError(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError;
}

/** True for work that was cancelled, by an AbortSignal or by VS Code. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'Canceled');
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
