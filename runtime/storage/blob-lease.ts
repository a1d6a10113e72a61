import { type Clock, sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { deadline } from '../reliability/deadline.ts';

/** The right to write or delete a blob, which nobody else has while it lasts. */
export interface BlobLease {
  /** For `leaseId` of an upload or a deletion. */
  readonly id: string;
  /** Starts the duration again. @returns false if the lease is gone: broken, run out and taken by somebody else */
  renew(call?: { signal?: AbortSignal | undefined }): Promise<boolean>;
  /** Gives it up; one that is gone is fine. */
  release(call?: { signal?: AbortSignal | undefined }): Promise<void>;
}

export interface LeaseOptions {
  /** How long it lasts unless it is renewed: 15,000 to 60,000 ms in whole seconds, or Infinity. Default 30,000. */
  durationMs?: number;
  signal?: AbortSignal | undefined;
}

/** What the holder of a lease works with. */
export interface HeldLease {
  readonly id: string;
  /** Aborts as soon as the lease may no longer be held: stop writing then. */
  readonly signal: AbortSignal;
}

export const DEFAULT_LEASE_MS = 30_000;

/** Renewed so often within its duration: one failed renewal leaves time for another. */
const RENEWALS = 3;

/** @throws AosError AOS_BAD_REQUEST for a duration the service does not know; -1 stands for one without end */
export function leaseSeconds(durationMs: number): number {
  if (durationMs === Number.POSITIVE_INFINITY) return -1;
  const seconds = durationMs / 1000;
  if (Number.isInteger(seconds) && seconds >= 15 && seconds <= 60) return seconds;
  throw new AosError(
    'AOS_BAD_REQUEST',
    `A lease lasts 15 to 60 whole seconds, or for ever; ${durationMs} ms is neither.`,
  );
}

export interface KeepOptions {
  /** For messages. */
  blob: string;
  durationMs: number;
  clock: Clock;
  logger: Logger;
  signal?: AbortSignal | undefined;
}

/**
 * Does some work while the lease is held and renewed, and releases it after.
 * @throws what the work throws; AosError AOS_STATE_CONFLICT if the lease was lost before the work was done
 */
export async function whileLeased<T>(
  lease: BlobLease,
  work: (held: HeldLease) => Promise<T>,
  options: KeepOptions,
): Promise<T> {
  const { blob, logger, signal } = options;
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = keepRenewed(lease, lost, done.signal, options);
  try {
    const result = await work({ id: lease.id, signal: AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]) });
    lost.signal.throwIfAborted();
    return result;
  } finally {
    done.abort();
    await renewing;
    // It ends by itself soon enough, so this must not hide what the work has given or thrown.
    await lease.release().catch((error) => logger.warn('a lease could not be released', { blob, error }));
  }
}

async function keepRenewed(
  lease: BlobLease,
  lost: AbortController,
  done: AbortSignal,
  options: KeepOptions,
): Promise<void> {
  const { blob, durationMs, clock } = options;
  if (durationMs === Number.POSITIVE_INFINITY) return;
  let heldUntil = clock.monotonic() + durationMs;
  for (;;) {
    // Ends early, with an error that says nothing more, when the work is done.
    await sleep(durationMs / RENEWALS, { clock, signal: done }).catch(() => undefined);
    if (done.aborted) return;
    const askedAt = clock.monotonic();
    const outcome = await renew(lease, heldUntil - askedAt, done, options);
    if (done.aborted) return;
    if (outcome === 'renewed') heldUntil = askedAt + durationMs;
    if (outcome === 'gone' || clock.monotonic() >= heldUntil) {
      lost.abort(new AosError('AOS_STATE_CONFLICT', `The lease on blob ${blob} was lost while it was worked with.`));
      return;
    }
  }
}

/** Asks no longer than the lease lasts: an answer that comes later is worth nothing. */
async function renew(
  lease: BlobLease,
  leftMs: number,
  done: AbortSignal,
  { blob, clock, logger }: KeepOptions,
): Promise<'renewed' | 'gone' | 'unknown'> {
  if (leftMs <= 0) return 'gone';
  const limit = deadline(leftMs, done, clock);
  try {
    return (await lease.renew({ signal: limit.signal })) ? 'renewed' : 'gone';
  } catch (error) {
    if (!done.aborted) logger.warn('a lease could not be renewed; tried again while it lasts', { blob, error });
    return 'unknown';
  } finally {
    limit.dispose();
  }
}
