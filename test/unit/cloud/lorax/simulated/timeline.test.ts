import { describe, expect, it } from 'vitest';
import { Timeline } from '../../../../../runtime/cloud/lorax/simulated/timeline.ts';

describe('a timeline', () => {
  it('does one thing after the other', () => {
    const disk = new Timeline();
    expect([1, 2, 3].map(() => disk.book(10, { nowMs: 0, earliestMs: 0 }))).toEqual([10, 20, 30]);
  });

  it('takes the first gap that is long enough', () => {
    const bus = new Timeline();
    bus.book(10, { nowMs: 0, earliestMs: 50 });
    expect(bus.book(10, { nowMs: 0, earliestMs: 0 })).toBe(10);
    expect(bus.book(45, { nowMs: 0, earliestMs: 0 })).toBe(105);
    expect(bus.book(40, { nowMs: 0, earliestMs: 0 })).toBe(50);
    expect(bus.book(1, { nowMs: 20, earliestMs: 0 })).toBe(106);
  });
});
