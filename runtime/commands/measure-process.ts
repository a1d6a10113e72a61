import {
  type FromMeasuring,
  type MeasuringJob,
  type MeasuringProgress,
  toMeasuringSchema,
} from '../contracts/benchmark-process.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import { createLogger, stderrWriter } from '../core/logger.ts';
import { keepResult, measureJob } from './measure-job.ts';

/** Time to clean up where it measured, when nobody listens any more. */
const LEAVE_WITHIN_MS = 5000;

/**
 * `main benchmark`: measures one job for the process that forked it (contracts/benchmark-process.ts), and ends. The job comes
 * over the channel and nowhere else: it holds a token. When the channel closes it stops and keeps nothing.
 */
export async function measureProcess(): Promise<void> {
  const logger = createLogger({ scope: 'benchmark', write: stderrWriter });
  if (!process.connected) {
    logger.error('this role takes its job over IPC: fork it, or use `aos bench`');
    process.exit(1);
  }
  const stop = new AbortController();
  const { promise: job, resolve, reject } = Promise.withResolvers<MeasuringJob>();
  process.on('message', (message) => {
    const order = toMeasuringSchema.safeParse(message);
    if (!order.success) reject(new AosError('AOS_BAD_REQUEST', `This is no job: ${order.error.message}`));
    else if (order.data.type === 'start') resolve(order.data.job);
    else stop.abort(new AosError('AOS_CANCELLED', 'The run was cancelled.'));
  });
  process.once('disconnect', () => {
    const gone = new AosError('AOS_CANCELLED', 'Nobody wants the figures any more.');
    stop.abort(gone);
    reject(gone);
    setTimeout(() => process.exit(1), LEAVE_WITHIN_MS).unref();
  });
  try {
    const { signal } = stop;
    const onProgress = (progress: MeasuringProgress) => void tell({ type: 'progress', progress });
    const result = await measureJob(await job, { onProgress, signal });
    const kept = await keepResult(result, await job, signal).catch((error) => {
      logger.error('the result is not kept', { error });
      return false;
    });
    await tell({ type: 'result', result, kept });
  } catch (error) {
    const code = isAosError(error) ? error.code : 'AOS_INTERNAL';
    await tell({ type: 'failed', code, message: messageOf(error) });
  }
  process.exit();
}

/** Resolves when it is on its way; what nobody takes is not missed. */
function tell(message: FromMeasuring): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve();
    else process.send(message, () => resolve());
  });
}
