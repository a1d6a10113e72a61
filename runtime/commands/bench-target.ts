import type { MeasuringJob } from '../contracts/benchmark-process.ts';
import type { Ready } from '../contracts/launcher.ts';
import type { Result } from '../contracts/results.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { findInstance, listInstances } from '../launcher/instances.ts';
import { keepResult } from './measure-job.ts';
import type { TalkOptions } from './talk.ts';

export interface BenchTarget {
  url: string;
  token: string;
  /** Connections of the system, where it runs on this machine. */
  ready: Ready | undefined;
}

/** The runtime that is named, or the one that runs here. @throws AosError AOS_NOT_RUNNING */
export async function benchTarget(options: TalkOptions): Promise<BenchTarget> {
  const { url, ready } = options.url === undefined ? await runningHere() : await named(options.url);
  return { url, token: options.token ?? process.env.AOS_TOKEN ?? ready?.token ?? '', ready };
}

async function runningHere(): Promise<Pick<BenchTarget, 'url' | 'ready'>> {
  const ready = await findInstance(process.cwd());
  if (ready) return { url: ready.http, ready };
  throw new AosError('AOS_NOT_RUNNING', 'No runtime is running on this machine. Start one with: aos up');
}

async function named(url: string): Promise<Pick<BenchTarget, 'url' | 'ready'>> {
  if (!URL.canParse(url)) throw new AosError('AOS_BAD_REQUEST', `"${url}" is no URL. Write e.g. http://127.0.0.1:7071`);
  const { origin } = new URL(url);
  return { url, ready: (await listInstances()).find(({ http }) => new URL(http).origin === origin) };
}

/** Aborts at Ctrl+C; what was measured until then is shown. A second one ends the process. */
export function stopSignal(): AbortSignal {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort(new AosError('AOS_CANCELLED', 'Stopped by Ctrl+C.')));
  return stopped.signal;
}

/** Shows one line that changes; only where a person looks on. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line}`);
}

/** The result is worth showing whether or not the runtime can keep it; that it does not is said. */
export async function keepUnlessTold({ keep }: { keep: boolean }, result: Result, job: MeasuringJob): Promise<void> {
  if (!keep) return;
  const why = await keepResult(result, job).then(
    (kept) => (kept || !job.target ? null : 'only runs that came to their end are'),
    messageOf,
  );
  if (why !== null) process.stderr.write(`aos: the result is not kept: ${why}\n`);
}
