import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { GeneratorReport } from '../contracts/benchmark.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { arrivals } from './arrivals.ts';
import { assertOk, HttpClient } from './http-client.ts';
import { runOpenLoop } from './open-loop.ts';
import { Recorder } from './recorder.ts';

/** More late requests than this share, and the generator has spoilt the figures itself. */
const MAX_LATE_SHARE = 0.01;
/** In a short run one hiccup is more than that share, and says nothing. */
const FEW = 3;

const WARM_UP_MS = 300;
const CHECK_MS = 700;

/** A server that answers at once, in a thread of its own: it shares nothing with the generator but the machine. */
const STUB = `
  import { createServer } from 'node:http';
  import { parentPort } from 'node:worker_threads';
  const server = createServer((request, response) => { request.resume(); response.end('{}'); });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/**
 * Whether this machine, as busy as it is now, can keep a rate: one second of requests to a stub that answers at once.
 * @param options.ratePerS the rate asked for
 */
export async function selfCheck(options: {
  ratePerS: number;
  clock?: Clock;
  signal: AbortSignal;
}): Promise<GeneratorReport> {
  const { ratePerS, clock = systemClock, signal } = options;
  const stub = new Worker(new URL(`data:text/javascript,${encodeURIComponent(STUB)}`));
  const client = new HttpClient();
  try {
    const [port] = await once(stub, 'message', { signal });
    const url = new URL(`http://127.0.0.1:${port}/`);
    const check = (durationMs: number) =>
      runOpenLoop({
        arrivals: arrivals({ ratePerS, durationMs }),
        recorder: new Recorder(),
        operation: async (_i, aborted) => {
          assertOk(await client.send({ url, method: 'POST', body: '{}', signal: aborted }));
          return {};
        },
        clock,
        signal,
      });
    // Code that runs for the first time is slow: that is no fault of the machine.
    await check(WARM_UP_MS);
    return await check(CHECK_MS);
  } finally {
    client.dispose();
    await stub.terminate();
  }
}

/** Why the figures of a run cannot be believed, or null. */
export function spoilt({ late, late_share, kept_rate_per_s }: GeneratorReport, ratePerS: number): string | null {
  if (late_share <= MAX_LATE_SHARE || late < FEW) return null;
  const share = (late_share * 100).toFixed(1);
  const kept = Math.floor(kept_rate_per_s);
  const rate = kept < Math.floor(ratePerS) ? ` It kept ${kept} of ${ratePerS} requests/s.` : '';
  return `This machine could not keep the schedule: ${share} % of the requests were sent more than 10 ms late (limit 1 %).${rate} Ask for fewer, or end other programs.`;
}
