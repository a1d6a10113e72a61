import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { arrivals } from '../../../runtime/benchmark/arrivals.ts';
import { runClosedLoop } from '../../../runtime/benchmark/closed-loop.ts';
import { assertOk, HttpClient } from '../../../runtime/benchmark/http-client.ts';
import { runOpenLoop } from '../../../runtime/benchmark/open-loop.ts';
import type { Operation } from '../../../runtime/benchmark/operation.ts';
import { Recorder } from '../../../runtime/benchmark/recorder.ts';
import { ManualClock, sleep, systemClock } from '../../../runtime/core/clock.ts';

const never = new AbortController().signal;

/** Answers at once, but for one second: what comes in it, or waits, is answered at its end. */
async function useStallingServer(stallAfterMs: number, stallMs: number): Promise<URL> {
  const from = performance.now() + stallAfterMs;
  const server: Server = createServer(async (request, response) => {
    const into = performance.now() - from;
    if (into >= 0 && into < stallMs) await pause(stallMs - into);
    request.resume();
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

function useRequests(url: URL): Operation {
  const client = new HttpClient();
  onTestFinished(() => client.dispose());
  return async (_i, signal) => {
    assertOk(await client.send({ url, method: 'GET', signal }));
    return {};
  };
}

describe('coordinated omission', () => {
  it('a stall of one second is hidden by a closed loop and shown by an open one', async () => {
    const [open, closed] = [new Recorder(), new Recorder()];
    const common = { clock: systemClock, signal: never };
    await Promise.all([
      runOpenLoop({
        ...common,
        arrivals: arrivals({ ratePerS: 100, durationMs: 3000 }),
        operation: useRequests(await useStallingServer(1000, 1000)),
        recorder: open,
      }),
      runClosedLoop({
        ...common,
        operation: useRequests(await useStallingServer(1000, 1000)),
        recorder: closed,
        workers: 1,
        durationMs: 3000,
      }),
    ]);
    // A third of all arrivals fall into the stall; the loop that waits has one request in it.
    const [openP99, closedP99] = [open.histogram.percentile(0.99), closed.histogram.percentile(0.99)];
    expect(openP99).toBeGreaterThan(800);
    expect(closedP99).toBeLessThan(openP99 / 4);
    expect(closed.histogram.max).toBeGreaterThan(800);
  });
});

describe('runOpenLoop', () => {
  it('sends on schedule while nothing is answered, and counts from when each was due', async () => {
    const clock = new ManualClock();
    const recorder = new Recorder();
    const answered = Promise.withResolvers<void>();
    const sentAt: number[] = [];
    const start = clock.monotonic();
    const run = runOpenLoop({
      arrivals: arrivals({ ratePerS: 10, durationMs: 500 }),
      operation: async () => {
        sentAt.push(clock.monotonic() - start);
        await answered.promise;
        return {};
      },
      recorder,
      clock,
      signal: never,
    });
    for (let ms = 0; ms < 1000; ms += 10) await clock.advance(10);
    answered.resolve();
    await run;
    expect(sentAt).toEqual([0, 100, 200, 300, 400]);
    expect(recorder.histogram.count).toBe(5);
    expect(recorder.histogram.max).toBe(1000);
    expect(recorder.histogram.min).toBe(600);
  });

  it('charges the target for what the generator could not send in time, and says that it was late', async () => {
    const clock = new ManualClock();
    const recorder = new Recorder();
    const run = runOpenLoop({
      arrivals: arrivals({ ratePerS: 10, durationMs: 300 }),
      operation: async () => ({}),
      recorder,
      clock,
      signal: never,
    });
    // The clock leaps: nobody had a chance to send in between.
    for (let i = 0; i < 5; i++) await clock.advance(1000);
    const { late_share } = await run;
    expect(late_share).toBeGreaterThan(0.5);
    expect(recorder.histogram.max).toBeGreaterThan(700);
  });

  it('leaves out what was due in the warm-up', async () => {
    const clock = new ManualClock();
    const recorder = new Recorder();
    let sent = 0;
    const run = runOpenLoop({
      arrivals: arrivals({ ratePerS: 10, durationMs: 1000 }),
      warmUpMs: 500,
      operation: async () => {
        sent++;
        return {};
      },
      recorder,
      clock,
      signal: never,
    });
    for (let ms = 0; ms < 1100; ms += 10) await clock.advance(10);
    await run;
    expect([sent, recorder.requests]).toEqual([10, 5]);
  });

  it('stops at once when cancelled, and keeps what it has', async () => {
    const clock = new ManualClock();
    const recorder = new Recorder();
    const cancel = new AbortController();
    const run = runOpenLoop({
      arrivals: arrivals({ ratePerS: 10, durationMs: 10_000 }),
      operation: async (i, signal) => {
        if (i === 3) await sleep(60_000, { clock, signal });
        return {};
      },
      recorder,
      clock,
      signal: cancel.signal,
    });
    for (let ms = 0; ms < 1000; ms += 10) await clock.advance(10);
    cancel.abort();
    await run;
    // Eleven were due by then; the fourth never came back.
    expect([recorder.answered, recorder.errors]).toEqual([10, 0]);
  });

  it('ends when nobody is there any more', async () => {
    const recorder = new Recorder();
    await runOpenLoop({
      arrivals: arrivals({ ratePerS: 1000, durationMs: 60_000 }),
      operation: useRequests(new URL('http://127.0.0.1:1/')),
      recorder,
      clock: systemClock,
      signal: never,
    });
    expect(recorder.targetGone).toBe(true);
    expect(Object.keys(recorder.errorsByCode)).toEqual(['AOS_NOT_RUNNING']);
  });
});

describe('arrivals', () => {
  it('are even at one rate', () => {
    const { count, dueMs } = arrivals({ ratePerS: 20, durationMs: 1000 });
    expect([count, dueMs(0), dueMs(1), dueMs(19)]).toEqual([20, 0, 50, 950]);
  });

  it('follow a ramp: half of the requests of 0+ → 100/s come in the last 29 % of the time', () => {
    const { count, dueMs } = arrivals({ ratePerS: 1e-9, rampToPerS: 100, durationMs: 10_000 });
    expect(count).toBe(500);
    expect(dueMs(250) / 10_000).toBeCloseTo(Math.SQRT1_2, 4);
    expect(dueMs(499)).toBeLessThan(10_000);
  });
});

describe('Recorder', () => {
  it('keeps windows, silent ones too, and the split of the cache', () => {
    const recorder = new Recorder({ windowS: 1 });
    recorder.answer(100, 5, { cached: false, tokens: 30, firstTokenMs: 2, modelMs: 4 });
    recorder.answer(200, 7, { cached: 'exact', tokens: 0, modelMs: 0 });
    recorder.failure(2500, 3, Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
    const { windows, cache, tokens_per_s, errors_by_code, latency, first_token, outside_model } = recorder.figures(3);
    expect(windows.map(({ start_s, done, errors }) => [start_s, done, errors])).toEqual([
      [0, 2, 0],
      [1, 0, 0],
      [2, 0, 1],
    ]);
    expect(windows[1]?.p50_ms).toBeNull();
    expect(cache).toEqual({ exact: 1, semantic: 0, none: 1 });
    expect(tokens_per_s).toBe(10);
    expect(errors_by_code).toEqual({ ECONNRESET: 1 });
    expect(latency?.max_ms).toBe(7);
    expect(first_token?.p50_ms).toBe(2);
    // Of the answer of the model one of 5 ms; all of that of the cache.
    expect(outside_model?.p50_ms).toBeCloseTo(1, 1);
    expect(outside_model?.p99_ms).toBeCloseTo(7, 1);
  });
});
