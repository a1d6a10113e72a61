import { describe, expect, it } from 'vitest';
import { leastSquares } from '../../../../../runtime/cloud/lorax/calibration/least-squares.ts';

describe('least squares', () => {
  it('find the coefficients of exact equations, and the middle of contradicting ones', () => {
    const rows = [
      [1, 1],
      [1, 2],
      [1, 5],
    ];
    const [a, b] = leastSquares(rows, [12, 14, 20]);
    expect([a, b].map((value) => value?.toFixed(9))).toEqual(['10.000000000', '2.000000000']);
    expect(leastSquares([[1], [1], [1]], [1, 2, 6])[0]).toBeCloseTo(3, 9);
  });

  it('say nothing about a column without values, or one that is a blend of others', () => {
    const rows = [
      [1, 0, 2, 3],
      [1, 0, 4, 5],
      [1, 0, 6, 7],
    ];
    const [one, none, own, blend] = leastSquares(rows, [5, 9, 13]);
    expect([none, blend]).toEqual([undefined, undefined]);
    expect([one, own].map((value) => value?.toFixed(9))).toEqual(['1.000000000', '2.000000000']);
  });

  it('never go below 0', () => {
    const rows = [
      [1, 1],
      [1, 2],
      [1, 3],
    ];
    expect(leastSquares(rows, [10, 9, 8])).toEqual([9, 0]);
  });
});
