import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { AosError } from '../../../runtime/core/errors.ts';
import { Retry } from '../../../runtime/reliability/retry.ts';

const overloaded = (retryAfterMs?: number) =>
  new AosError('AOS_INFERENCE_FAILED', 'It has too much to do.', {
    details: { endpoint_status: 429, ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) },
  });

function setUp(failures: readonly Error[], random = () => 0.5) {
  const clock = new ManualClock();
  const start = clock.now();
  const triedAt: number[] = [];
  const isSafe = (error: unknown) => error instanceof AosError && error.details?.endpoint_status === 429;
  const retry = new Retry({ isSafe, random, clock });
  const call = async () => {
    const failure = failures[triedAt.length];
    triedAt.push(clock.now() - start);
    if (failure) throw failure;
    return 'answer';
  };
  /** Lets time pass until the call has ended. */
  const finish = async <T>(ending: Promise<T>): Promise<T> => {
    let ended = false;
    const end = () => (ended = true);
    ending.then(end, end);
    for (let i = 0; i < 10_000 && !ended; i++) await clock.advance(10);
    return ending;
  };
  return { retry, call, clock, triedAt, finish };
}

describe('Retry', () => {
  it('tries three times, after waits that double, of which the jitter takes its share', async () => {
    const { retry, call, triedAt, finish } = setUp([overloaded(), overloaded()]);
    expect(await finish(retry.execute(call))).toBe('answer');
    expect(triedAt).toEqual([0, 50, 150]);
  });

  it('gives up with the last error', async () => {
    const { retry, call, triedAt, finish } = setUp([overloaded(), overloaded(), overloaded(1), overloaded()]);
    await expect(finish(retry.execute(call))).rejects.toMatchObject({ details: { retry_after_ms: 1 } });
    expect(triedAt).toHaveLength(3);
  });

  it('comes back no earlier than the service wants, and not at all if that is too late', async () => {
    const { retry, call, triedAt, finish } = setUp([overloaded(2000), overloaded(5001)]);
    await expect(finish(retry.execute(call))).rejects.toMatchObject({ details: { retry_after_ms: 5001 } });
    expect(triedAt).toEqual([0, 2000]);
  });

  it('does not make a call again that may have had an effect', async () => {
    const { retry, call, triedAt } = setUp([new Error('the answer broke off')]);
    await expect(retry.execute(call)).rejects.toThrow('the answer broke off');
    expect(triedAt).toEqual([0]);
  });

  it('ends its wait with the caller’s patience', async () => {
    const { retry, call, triedAt, clock } = setUp([overloaded(3000)]);
    const caller = new AbortController();
    const ending = retry.execute(call, caller.signal);
    await clock.advance(1000);
    caller.abort(new Error('enough'));
    await expect(ending).rejects.toThrow('enough');
    await clock.advance(10_000);
    expect(triedAt).toEqual([0]);
  });
});
