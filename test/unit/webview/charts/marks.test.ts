import { expect, it } from 'vitest';
import { spread } from '../../../../webview/charts/marks.ts';

it.each([
  [
    [10, 50, 90],
    [10, 50, 90],
  ],
  [
    [10, 12, 14],
    [10, 23, 36],
  ],
  [
    [96, 98, 100],
    [74, 87, 100],
  ],
  [
    [50, 99, 100],
    [50, 87, 100],
  ],
  [[], []],
])('labels that stand at %j are written at %j', (places, written) => {
  expect(spread(places, { gap: 13, end: 100 })).toEqual(written);
});
