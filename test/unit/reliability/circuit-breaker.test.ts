import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { AosError } from '../../../runtime/core/errors.ts';
import { CircuitBreaker } from '../../../runtime/reliability/circuit-breaker.ts';
import { deadline } from '../../../runtime/reliability/deadline.ts';

const ILL = new Error('the endpoint is ill');
const fail = () => Promise.reject(ILL);
const succeed = () => Promise.resolve('answer');

function setUp(options: { isFailure?: (error: unknown) => boolean } = {}) {
  const clock = new ManualClock();
  return { clock, breaker: new CircuitBreaker({ name: 'lorax', clock, ...options }) };
}

async function failTimes(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await expect(breaker.execute(fail)).rejects.toBe(ILL);
}

describe('CircuitBreaker', () => {
  it('opens after five failures in a row, and then refuses at once with the time of the next attempt', async () => {
    const { breaker, clock } = setUp();
    await failTimes(breaker, 4);
    expect(breaker.view()).toMatchObject({ state: 'closed', failures: 4 });
    await failTimes(breaker, 1);
    await clock.advance(18_000);
    expect(breaker.view()).toMatchObject({ state: 'open', next_attempt_ms: 42_000 });
    let called = false;
    const refused = breaker.execute(async () => {
      called = true;
    });
    await expect(refused).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN', details: { retry_after_ms: 42_000 } });
    expect(called).toBe(false);
  });

  it('counts failures in a row only', async () => {
    const { breaker } = setUp();
    await failTimes(breaker, 4);
    expect(await breaker.execute(succeed)).toBe('answer');
    await failTimes(breaker, 4);
    expect(breaker.view().state).toBe('closed');
  });

  it('lets one call probe after 60 s, refuses the others meanwhile, and closes when it succeeds', async () => {
    const { breaker, clock } = setUp();
    await failTimes(breaker, 5);
    await clock.advance(60_000);
    expect(breaker.view()).toMatchObject({ state: 'half_open', next_attempt_ms: null });
    const answer = Promise.withResolvers<string>();
    const probe = breaker.execute(() => answer.promise);
    await expect(breaker.execute(succeed)).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN' });
    answer.resolve('well again');
    expect(await probe).toBe('well again');
    expect(breaker.view()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('opens for the whole time again when the probe fails', async () => {
    const { breaker, clock } = setUp();
    await failTimes(breaker, 5);
    await clock.advance(60_000);
    await failTimes(breaker, 1);
    await clock.advance(59_999);
    await expect(breaker.execute(succeed)).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN' });
    await clock.advance(1);
    expect(await breaker.execute(succeed)).toBe('answer');
  });

  it('lets another call probe when the first probe was cancelled', async () => {
    const { breaker, clock } = setUp();
    await failTimes(breaker, 5);
    await clock.advance(60_000);
    const cancel = new AbortController();
    cancel.abort();
    await expect(breaker.execute(fail, cancel.signal)).rejects.toBe(ILL);
    expect(await breaker.execute(succeed)).toBe('answer');
  });

  it('counts a passed deadline as a failure, and a cancelled call as nothing', async () => {
    const { breaker, clock } = setUp();
    const cancelled = new AbortController();
    cancelled.abort();
    for (let i = 0; i < 10; i++) await expect(breaker.execute(fail, cancelled.signal)).rejects.toBe(ILL);
    expect(breaker.view().failures).toBe(0);
    const { signal } = deadline(1, undefined, clock);
    await clock.advance(1);
    await expect(breaker.execute(fail, signal)).rejects.toBe(ILL);
    expect(breaker.view().failures).toBe(1);
  });

  it('does not count errors that say nothing about the service', async () => {
    const refusal = new AosError('AOS_BAD_REQUEST', 'The prompt is empty.');
    const { breaker } = setUp({ isFailure: (error) => error !== refusal });
    await failTimes(breaker, 4);
    await expect(breaker.execute(() => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(breaker.view()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('is not closed by a call that began before it opened', async () => {
    const { breaker } = setUp();
    const slow = Promise.withResolvers<string>();
    const early = breaker.execute(() => slow.promise);
    await failTimes(breaker, 5);
    slow.resolve('late');
    expect(await early).toBe('late');
    expect(breaker.view().state).toBe('open');
  });

  it('can be closed by hand', async () => {
    const { breaker } = setUp();
    await failTimes(breaker, 5);
    breaker.reset();
    expect(await breaker.execute(succeed)).toBe('answer');
  });
});
