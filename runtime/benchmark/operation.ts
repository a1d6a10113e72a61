import { isAbort, isAosError } from '../core/errors.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** What one good answer says besides the time it took. */
export interface Answer {
  /** Where the operation knows its own time better than the wall clock does, ms. */
  latencyMs?: number;
  /** From sending until the first token came, ms. */
  firstTokenMs?: number;
  /** Of that time, the model's own; 0 if it was not asked. */
  modelMs?: number | undefined;
  cached?: false | 'exact' | 'semantic';
  /** Tokens that the model made for it. */
  tokens?: number;
}

/** One request of a measurement. Rejects when it fails: an AosError's code is what the failure is counted under. */
export type Operation = (i: number, signal: AbortSignal) => Promise<Answer>;

/** An operation that is ready to be measured. */
export interface Prepared {
  operation: Operation;
  /** One sentence for the reader of the figure: what is sent, and what its time includes. */
  how: string;
  dispose?: () => Promise<void>;
}

/** What is measured, and who is asked there. */
export interface Measured {
  api: RuntimeApi;
  agentId: string;
  signal: AbortSignal;
}

/** Gets an operation ready. Rejects where this runtime cannot be asked to do it; the message says why. */
export type Prepare = (target: Measured) => Promise<Prepared>;

/** A code to count failures by. */
export function failureCode(error: unknown): string {
  if (isAosError(error))
    return typeof error.details?.http_status === 'number' ? `HTTP_${error.details.http_status}` : error.code;
  if (isAbort(error)) return 'AOS_CANCELLED';
  return (error as NodeJS.ErrnoException)?.code ?? 'AOS_INTERNAL';
}
