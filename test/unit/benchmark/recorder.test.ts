import { describe, expect, it } from 'vitest';
import { Recorder } from '../../../runtime/benchmark/recorder.ts';
import { AosError } from '../../../runtime/core/errors.ts';

const REFUSED = new AosError('AOS_NOT_RUNNING', 'nothing answers');

/** A recorder that has seen connections fail at these times, ms. */
function failedAt(...failuresMs: number[]): Recorder {
  const recorder = new Recorder();
  recorder.answer(0, 1, {});
  for (const atMs of failuresMs) recorder.failure(atMs, 1, REFUSED);
  return recorder;
}

describe('a target that does not answer any more', () => {
  it('is gone after twenty failed connections in a row', () => {
    const times = Array.from({ length: 20 }, (_, i) => 100 + i);
    expect(failedAt(...times.slice(1)).targetGone).toBe(false);
    expect(failedAt(...times).targetGone).toBe(true);
  });

  it('is gone after a few that took five seconds: a client that tries again by itself fails slowly', () => {
    expect(failedAt(1000, 3500, 5999).targetGone).toBe(false);
    expect(failedAt(1000, 6000).targetGone).toBe(false);
    expect(failedAt(1000, 3500, 6000).targetGone).toBe(true);
  });

  it('is there again with the first answer, or with a failure that is an answer', () => {
    const answered = failedAt(1000, 3500, 5900);
    answered.answer(5950, 1, {});
    answered.failure(6000, 1, REFUSED);
    expect([answered.targetGone, answered.targetGoneAtEnd]).toEqual([false, false]);
    const failed = failedAt(1000, 3500, 5900);
    failed.failure(6000, 1, new AosError('AOS_BULKHEAD_FULL', 'full'));
    expect([failed.targetGone, failed.targetGoneAtEnd]).toEqual([false, false]);
  });

  it('is gone at the end after three', () => {
    expect([failedAt(1, 2).targetGoneAtEnd, failedAt(1, 2, 3).targetGoneAtEnd]).toEqual([false, true]);
  });
});
