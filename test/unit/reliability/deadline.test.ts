import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { deadline } from '../../../runtime/reliability/deadline.ts';

describe('deadline', () => {
  it('aborts with AOS_DEADLINE when its time is up, and not before', async () => {
    const clock = new ManualClock();
    const { signal } = deadline(2000, undefined, clock);
    await clock.advance(1999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ code: 'AOS_DEADLINE', message: expect.stringContaining('2 s') });
  });

  it('aborts with the reason of its parent', () => {
    const parent = new AbortController();
    const { signal } = deadline(2000, parent.signal, new ManualClock());
    const reason = new Error('the client is gone');
    parent.abort(reason);
    expect(signal.reason).toBe(reason);
    expect(deadline(1, parent.signal, new ManualClock()).signal.reason).toBe(reason);
  });

  it('does nothing after its disposal', async () => {
    const clock = new ManualClock();
    const parent = new AbortController();
    const { signal, dispose } = deadline(2000, parent.signal, clock);
    dispose();
    parent.abort();
    await clock.advance(5000);
    expect(signal.aborted).toBe(false);
  });
});
