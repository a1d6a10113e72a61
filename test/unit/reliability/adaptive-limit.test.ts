import { describe, expect, it } from 'vitest';
import { ManualClock, sleep } from '../../../runtime/core/clock.ts';
import { AdaptiveLimit } from '../../../runtime/reliability/adaptive-limit.ts';

/** A service with so many places; further requests queue inside of it, which only their latency shows. */
function service(places: number, clock: ManualClock, workMs = 100) {
  let free = places;
  let inside = 0;
  const queue: (() => void)[] = [];
  const stats = { most: 0, done: 0 };
  const call = async () => {
    stats.most = Math.max(stats.most, ++inside);
    if (free > 0) free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    await sleep(workMs, { clock });
    inside--;
    stats.done++;
    const next = queue.shift();
    if (next) next();
    else free++;
  };
  return { call, stats };
}

/** Numbers from 0 to 1 that are the same in every run (a linear congruential generator, constants of Numerical Recipes). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Keeps so many callers busy for a time. */
async function load(limit: AdaptiveLimit, call: () => Promise<void>, clock: ManualClock, callers: number, ms: number) {
  let over = false;
  const caller = async () => {
    while (!over) await limit.execute(call);
  };
  const running = Array.from({ length: callers }, caller);
  for (let at = 0; at < ms; at += 10) await clock.advance(10);
  over = true;
  for (let at = 0; at < 20_000; at += 100) await clock.advance(100);
  await Promise.all(running);
}

describe('AdaptiveLimit', () => {
  it('grows while calls take as long as ever', async () => {
    const clock = new ManualClock();
    const limit = new AdaptiveLimit({ name: 'lorax', max: 60, clock });
    const { call, stats } = service(1000, clock);
    await load(limit, call, clock, 100, 3000);
    expect(stats.most).toBe(60);
    expect(limit.view()).toMatchObject({ active: 0, waiting: 0, latency_ms: 100 });
  });

  it('stays near what the service can do at a time, however long it is under load', async () => {
    const clock = new ManualClock();
    const limit = new AdaptiveLimit({ name: 'lorax', clock });
    const { call, stats } = service(30, clock);
    await load(limit, call, clock, 200, 30_000);
    expect(stats.done).toBeGreaterThan(0.85 * 30 * 10 * 30);
    expect(stats.most).toBeLessThanOrEqual(90);
  });

  it('keeps within its two ends, whatever the service does', async () => {
    const clock = new ManualClock();
    const overloaded = new Error('429');
    const limit = new AdaptiveLimit({
      name: 'lorax',
      min: 3,
      max: 17,
      isOverload: (error) => error === overloaded,
      clock,
    });
    const random = seeded(1);
    let [inside, most] = [0, 0];
    const call = async () => {
      most = Math.max(most, ++inside);
      await sleep(random() * 200, { clock });
      inside--;
      if (random() < 0.05) throw overloaded;
    };
    const callers = Array.from({ length: 400 }, () => limit.execute(call).catch(() => undefined));
    const limits = new Set<number>();
    while (limit.view().active > 0) {
      await clock.advance(10);
      limits.add(limit.view().limit);
    }
    await Promise.all(callers);
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...limits)).toBeLessThanOrEqual(17);
    expect(most).toBeLessThanOrEqual(17);
    expect(limits.size).toBeGreaterThan(3);
  });

  it('gives way when the service says it is overloaded, down to the minimum and no further', async () => {
    const overloaded = new Error('429');
    const limit = new AdaptiveLimit({ name: 'lorax', min: 5, isOverload: (error) => error === overloaded });
    const fail = (error: Error) => expect(limit.execute(() => Promise.reject(error))).rejects.toBe(error);
    await fail(new Error('another one'));
    expect(limit.view().limit).toBe(20);
    await fail(overloaded);
    expect(limit.view().limit).toBe(18);
    for (let i = 0; i < 30; i++) await fail(overloaded);
    expect(limit.view().limit).toBe(5);
  });

  it('lets callers in first come first served, and those who give up leave the queue', async () => {
    const limit = new AdaptiveLimit({ name: 'lorax', min: 1, max: 1 });
    const ended = Promise.withResolvers<void>();
    const order: string[] = [];
    const first = limit.execute(() => ended.promise);
    const second = limit.execute(async () => void order.push('second'));
    const caller = new AbortController();
    const third = limit.execute(async () => void order.push('third'), caller.signal);
    const fourth = limit.execute(async () => void order.push('fourth'));
    caller.abort(new Error('enough'));
    await expect(third).rejects.toThrow('enough');
    expect(limit.view()).toMatchObject({ active: 1, waiting: 2 });
    ended.resolve();
    await Promise.all([first, second, fourth]);
    expect(order).toEqual(['second', 'fourth']);
    expect(limit.view()).toMatchObject({ active: 0, waiting: 0 });
  });
});
