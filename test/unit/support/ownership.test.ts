import { describe, expect, it } from 'vitest';
import { type Fault, type Line, wrongsOf } from '../../integration/support/ownership.ts';

const line = (at: number, pid: number, what: Line['what'], n: number, saw = n - 1): Line => ({ at, pid, what, n, saw });
/** Process 2 sleeps from 10 to 100. */
const faults: Fault[] = [
  { at: 10, pid: 2, what: 'pause' },
  { at: 100, pid: 2, what: 'pause' },
];
const done = (at: number, pid: number, n: number) => [line(at, pid, 'begin', n), line(at + 1, pid, 'stored', n)];

describe('the judge of shard ownership', () => {
  it('forgives a begin that a paused process had behind it, and that comes to nothing', () => {
    const record = [...done(1, 2, 0), ...done(50, 1, 1), line(60, 1, 'begin', 2), line(101, 2, 'begin', 1, 0)];
    expect(wrongsOf([...record, line(110, 1, 'stored', 2)], faults, 3)).toEqual([]);
  });

  it('finds one that goes on to write', () => {
    const record = [...done(1, 2, 0), ...done(50, 1, 1), line(60, 1, 'begin', 2), ...done(101, 2, 1)];
    expect(wrongsOf([...record, line(110, 1, 'stored', 2)], faults, 3)).toEqual([
      expect.stringContaining('begins while process 1 handles event 2'),
      expect.stringContaining('is handled again after process 1 had done it'),
      expect.stringContaining('writes state after another replica has begun'),
    ]);
  });

  it('believes what was written before the pause if the next owner has seen it, and only then', () => {
    const record = (saw: number) => [
      line(1, 2, 'begin', 0),
      line(50, 1, 'begin', 0, saw),
      line(51, 1, 'stored', 0),
      line(101, 2, 'stored', 0),
    ];
    expect(wrongsOf(record(0), faults, 1)).toEqual([]);
    expect(wrongsOf(record(-1), faults, 1)).toEqual([expect.stringContaining('writes state after another')]);
  });

  it('finds what is lost, overtaken, or done twice for no reason', () => {
    expect(wrongsOf(done(1, 1, 0), [], 2)).toEqual(['event 1 is lost']);
    expect(wrongsOf(done(1, 1, 1), [], 0)).toEqual([expect.stringContaining('overtakes event 0')]);
    expect(wrongsOf([...done(1, 1, 0), ...done(5, 1, 0)], [], 1)).toEqual([expect.stringContaining('handled again')]);
  });
});
