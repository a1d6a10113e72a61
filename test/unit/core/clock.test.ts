import { describe, expect, it } from 'vitest';
import { ManualClock, sleep } from '../../../runtime/core/clock.ts';

describe('ManualClock', () => {
  it('fires timers in the order of their time, also those that a timer sets', async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    clock.setTimeout(() => fired.push(`b${clock.now()}`), 20);
    clock.setTimeout(() => {
      fired.push(`a${clock.now()}`);
      clock.setTimeout(() => fired.push(`c${clock.now()}`), 5);
    }, 10);
    await clock.advance(100);
    expect(fired).toEqual(['a10', 'c15', 'b20']);
  });

  it('ends a sleep when its signal aborts', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const asleep = sleep(1000, { clock, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(asleep).rejects.toThrow('enough');
  });
});
