import { expect, it } from 'vitest';
import { Silence } from '../../../runtime/agents/silence.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';

it('notices a silence that is longer than the others wait, whoever looks first, and counts it once', async () => {
  const clock = new ManualClock();
  let skippedMs = 0;
  const silence = new Silence({
    now: () => clock.now() + skippedMs,
    monotonic: () => clock.monotonic() + skippedMs,
    setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
  });
  await clock.advance(60_000);
  expect(silence.times()).toBe(0);
  skippedMs += 2000;
  expect(silence.times()).toBe(0);
  // Seen by who asks …
  skippedMs += 4000;
  expect([silence.times(), silence.times()]).toEqual([1, 1]);
  // … and by the timer, if that fires first.
  skippedMs += 4000;
  await clock.advance(500);
  expect(silence.times()).toBe(2);
  silence.dispose();
});
