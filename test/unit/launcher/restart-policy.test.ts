import { describe, expect, it } from 'vitest';
import { RestartPolicy } from '../../../runtime/launcher/restart-policy.ts';

describe('RestartPolicy', () => {
  it('waits longer every time, and gives up after three restarts within a minute', () => {
    const policy = new RestartPolicy();
    expect([0, 1000, 2000, 3000].map((now) => policy.next(now))).toEqual([500, 1000, 2000, undefined]);
  });

  it('starts afresh when the minute has passed', () => {
    const policy = new RestartPolicy();
    for (const now of [0, 1000, 2000]) policy.next(now);
    expect(policy.next(62_500)).toBe(500);
  });
});
