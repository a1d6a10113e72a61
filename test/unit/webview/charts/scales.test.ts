import { describe, expect, it } from 'vitest';
import { movedCursor } from '../../../../webview/charts/cursor.ts';
import { linearScale, logScale, niceStep } from '../../../../webview/charts/scales.ts';

describe('axes', () => {
  it.each([
    [38, { min: 0, max: 40, splits: [0, 10, 20, 30, 40] }],
    [3000, { min: 0, max: 3000, splits: [0, 1000, 2000, 3000] }],
    [0, { min: 0, max: 1, splits: [0, 0.5, 1] }],
  ])('reach %f with round ticks', (max, scale) => {
    expect(linearScale(max)).toEqual(scale);
  });

  it('of a logarithm have ticks at 1, 2 and 5, and enclose both ends', () => {
    expect(logScale(1.7, 200)).toEqual({ min: 1, max: 200, splits: [1, 2, 5, 10, 20, 50, 100, 200] });
    const { min, max } = logScale(0.3, 7);
    expect([min, max]).toEqual([0.2, 10]);
  });

  it.each([
    [0.3, 0.5],
    [1, 1],
    [11, 20],
    [60, 100],
  ])('take at least a step of %f: %f', (step, nice) => {
    expect(niceStep(step)).toBeCloseTo(nice, 10);
  });
});

describe('the cursor of a chart', () => {
  it.each([
    ['ArrowRight', null, 0],
    ['ArrowLeft', null, 9],
    ['ArrowRight', 9, 9],
    ['PageUp', 3, 0],
    ['PageDown', 3, 9],
    ['Home', 5, 0],
    ['End', 5, 9],
    ['x', 5, undefined],
  ] as const)('%s moves it from %s to %s of ten points', (key, at, next) => {
    expect(movedCursor(key, at, 10)).toBe(next);
  });

  it('stays nowhere in an empty chart', () => {
    expect(movedCursor('End', null, 0)).toBeUndefined();
  });
});
