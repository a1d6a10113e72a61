import { expect, it } from 'vitest';
import { RestartBackoff } from '../../../../runtime/agents/tools/restart-backoff.ts';
import { ManualClock } from '../../../../runtime/core/clock.ts';

function setUp() {
  const clock = new ManualClock();
  return { clock, backoff: new RestartBackoff(clock) };
}

it('restarts a server at once after its first failure, then after pauses that double up to 30 s', () => {
  const { backoff } = setUp();
  const pauses = Array.from({ length: 9 }, () => {
    backoff.failed();
    return backoff.remainingMs();
  });
  expect(pauses).toEqual([0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

it('counts the pause from the last failure, and forgets failures when the server works', async () => {
  const { clock, backoff } = setUp();
  for (let i = 0; i < 3; i++) backoff.failed();
  await clock.advance(600);
  expect(backoff.remainingMs()).toBe(400);
  await clock.advance(600);
  expect(backoff.remainingMs()).toBe(0);
  backoff.worked();
  backoff.failed();
  expect(backoff.remainingMs()).toBe(0);
  expect(backoff.failures).toBe(1);
});
