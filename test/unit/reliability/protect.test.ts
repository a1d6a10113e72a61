import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { AdaptiveLimit } from '../../../runtime/reliability/adaptive-limit.ts';
import { CircuitBreaker } from '../../../runtime/reliability/circuit-breaker.ts';
import { protect } from '../../../runtime/reliability/protect.ts';
import { Retry } from '../../../runtime/reliability/retry.ts';

const BUSY = new Error('busy');
const ILL = new Error('ill');

/** One call at a time; only BUSY is tried again, three times at most; two failures in a row open the breaker. */
function setUp({ isFailure }: { isFailure?: (error: unknown) => boolean } = {}) {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({
    name: 'lorax',
    failureThreshold: 2,
    clock,
    ...(isFailure ? { isFailure } : {}),
  });
  const limit = new AdaptiveLimit({ name: 'lorax', min: 1, max: 1, clock });
  const retry = new Retry({ isSafe: (error) => error === BUSY, baseMs: 100, random: () => 0.5, clock });
  const { signal } = new AbortController();
  const guard = protect({ retry, limit, breaker });
  const ask = (call: () => Promise<string>) => guard(call, signal);
  return { ask, breaker, clock };
}

describe('protect', () => {
  it('lets a call try again in its turn only: who waits is not overtaken', async () => {
    const { ask, clock } = setUp({ isFailure: () => false });
    const order: string[] = [];
    const first = Promise.withResolvers<string>();
    let tries = 0;
    const retried = ask(() => {
      order.push('first');
      return tries++ === 0 ? first.promise : Promise.resolve('at last');
    });
    const second = Promise.withResolvers<string>();
    const waiting = ask(() => {
      order.push('second');
      return second.promise;
    });
    await clock.advance(0);
    expect(order).toEqual(['first']);
    first.reject(BUSY);
    await clock.advance(1000);
    expect(order).toEqual(['first', 'second']);
    second.resolve('done');
    expect(await waiting).toBe('done');
    expect(await retried).toBe('at last');
    expect(order).toEqual(['first', 'second', 'first']);
  });

  it('counts every try as a call of the service, and no refusal is tried again', async () => {
    const { ask, clock, breaker } = setUp();
    let tries = 0;
    const asked = ask(async () => {
      tries++;
      throw BUSY;
    });
    asked.catch(() => undefined);
    await clock.advance(1000);
    await expect(asked).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN' });
    expect(tries).toBe(2);
    expect(breaker.view().state).toBe('open');
  });

  it('refuses at once while the breaker is open, though every place is taken by a call that hangs', async () => {
    const { ask, breaker } = setUp();
    const hanging = Promise.withResolvers<string>();
    const first = ask(() => hanging.promise);
    breaker.open();
    await expect(ask(() => Promise.resolve('never'))).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN' });
    hanging.resolve('late');
    expect(await first).toBe('late');
  });

  it('does not count who gave up waiting for his turn', async () => {
    const { breaker } = setUp();
    const clock = new ManualClock();
    const limit = new AdaptiveLimit({ name: 'lorax', min: 1, max: 1, clock });
    const guard = protect({ retry: new Retry({ isSafe: () => false }), limit, breaker });
    const running = Promise.withResolvers<string>();
    const first = guard(() => running.promise, new AbortController().signal);
    const caller = new AbortController();
    const waiting = guard(() => Promise.reject(ILL), caller.signal);
    caller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(breaker.view()).toMatchObject({ state: 'closed', failures: 0, last_error: null });
    running.resolve('answer');
    expect(await first).toBe('answer');
  });
});
