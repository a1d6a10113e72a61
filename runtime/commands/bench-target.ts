import type { Ready } from '../contracts/launcher.ts';
import { AosError } from '../core/errors.ts';
import { findInstance } from '../launcher/instances.ts';
import type { TalkOptions } from './talk.ts';

export interface BenchTarget {
  url: string;
  token: string;
  /** Connections of the system, where it runs on this machine. */
  ready: Ready | undefined;
}

/** The runtime that is named, or the one that runs here. @throws AosError AOS_NOT_RUNNING */
export async function benchTarget(options: TalkOptions): Promise<BenchTarget> {
  const running = await findInstance(process.cwd());
  const url = options.url ?? running?.http;
  if (url === undefined)
    throw new AosError('AOS_NOT_RUNNING', 'No runtime is running on this machine. Start one with: aos up');
  const ready = running && new URL(running.http).origin === new URL(url).origin ? running : undefined;
  return { url, token: options.token ?? process.env.AOS_TOKEN ?? ready?.token ?? '', ready };
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
