import { type Clock, sleep } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

/**
 * From the wish to leave to the end: a replica leaves within 10 s, since whoever wants it gone (a launcher, a platform that scales
 * in) kills it afterwards. What was cut off is not lost: messages that are not settled go to the shard's next owner.
 */
const LEAVE_MS = 9500;
/** Of these, for what is being handled and answered; the rest is for writing down what has come of it. */
const SETTLE_MS = 6500;

/**
 * Waits for `work`, at most `limitMs`.
 * @returns whether it was done in time; if not it goes on, and nobody waits for it
 * @throws what `work` throws in time
 */
async function within(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  const ended = new AbortController();
  const limit = sleep(limitMs, { clock, signal: ended.signal }).then(
    () => false,
    () => true,
  );
  try {
    return await Promise.race([work.then(() => true), limit]);
  } finally {
    ended.abort();
  }
}

export interface DrainOptions {
  /** Commands of clients that are being answered. */
  traffic: { readonly underWay: number; idle(): Promise<void> };
  /** `stop` takes no new shard, and settles and gives up those that are held; after `cutOff` nothing is settled any more. */
  shards: { readonly backlog: Record<number, number>; stop(): Promise<void>; cutOff(): void };
  clock: Clock;
  logger: Logger;
}

/** Lets everything that is under way end, as far as there is time; the log says what was cut off. */
export async function drain({ traffic, shards, clock, logger }: DrainOptions): Promise<void> {
  const startedMs = clock.monotonic();
  const settled = Promise.all([shards.stop(), traffic.idle()]);
  const done = await within(settled, SETTLE_MS, clock);
  const ms = Math.round(clock.monotonic() - startedMs);
  if (done) return logger.info('drained: everything that was held is settled', { ms });
  settled.catch((error) => logger.warn('what was cut off has failed', { error }));
  const messages = Object.values(shards.backlog).reduce((sum, count) => sum + count, 0);
  logger.warn('the time to drain is over: what is not settled goes to the next owners of its shards', {
    ms,
    requests: traffic.underWay,
    shards: Object.keys(shards.backlog).map(Number),
    messages,
  });
  shards.cutOff();
}

/** Waits until everything is closed, as far as there is time. @throws what closing throws */
export async function leave(
  closing: Promise<void>,
  { clock, logger }: Pick<DrainOptions, 'clock' | 'logger'>,
): Promise<void> {
  if (await within(closing, LEAVE_MS, clock)) return;
  closing.catch((error) => logger.warn('what was cut off has failed', { error }));
  logger.error('the time to leave is over: the last rows, traces and metrics may not be written', { ms: LEAVE_MS });
}
