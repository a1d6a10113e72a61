import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { SharedCall } from '../../../runtime/inference/shared-call.ts';

function setUp() {
  const clock = new ManualClock();
  const calls: { signal: AbortSignal; end: PromiseWithResolvers<string> }[] = [];
  const shared = new SharedCall<string>({
    call: (signal) => {
      const end = Promise.withResolvers<string>();
      signal.addEventListener('abort', () => end.reject(signal.reason));
      calls.push({ signal, end });
      return end.promise;
    },
    timeLimitMs: 1000,
    tooSlow: 'It was too slow.',
    clock,
  });
  return { shared, calls, clock };
}

describe('SharedCall', () => {
  it('is made once for all who ask, and its result is kept until it is forgotten', async () => {
    const { shared, calls } = setUp();
    const both = Promise.all([shared.get(), shared.get()]);
    calls[0]?.end.resolve('found');
    expect(await both).toEqual(['found', 'found']);
    expect(await shared.get(new AbortController().signal)).toBe('found');
    expect(calls).toHaveLength(1);
    shared.forget();
    const again = shared.get();
    calls[1]?.end.resolve('found anew');
    expect(await again).toBe('found anew');
  });

  it('fails for all who wait, and is made again for the next', async () => {
    const { shared, calls } = setUp();
    const [one, other] = [shared.get(), shared.get()];
    calls[0]?.end.reject(new Error('no'));
    await expect(one).rejects.toThrow('no');
    await expect(other).rejects.toThrow('no');
    const next = shared.get();
    calls[1]?.end.resolve('yes');
    expect(await next).toBe('yes');
  });

  it('goes on for the others when one leaves, who hears his own reason', async () => {
    const { shared, calls } = setUp();
    const caller = new AbortController();
    const [leaver, other] = [shared.get(caller.signal), shared.get()];
    caller.abort(new Error('enough'));
    await expect(leaver).rejects.toThrow('enough');
    await expect(shared.get(caller.signal)).rejects.toThrow('enough');
    calls[0]?.end.resolve('found');
    expect(await other).toBe('found');
  });

  it('ends with its own time limit, though nobody waits any more', async () => {
    const { shared, calls, clock } = setUp();
    const waiting = shared.get();
    waiting.catch(() => undefined);
    await clock.advance(999);
    expect(calls[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    await expect(waiting).rejects.toMatchObject({ code: 'AOS_INFERENCE_FAILED', message: 'It was too slow.' });
  });
});
