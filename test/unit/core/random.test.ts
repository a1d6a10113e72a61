import { expect, it } from 'vitest';
import { seededRandom } from '../../../runtime/core/random.ts';

it('gives the same numbers for the same seed, on every machine and in every version', () => {
  const draws = (seed: number) => Array.from({ length: 3 }, seededRandom(seed));
  expect(draws(1)).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  expect(draws(42)).not.toEqual(draws(1));
});

it('spreads evenly from 0 up to, but not, 1', () => {
  const random = seededRandom(7);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i++) tenths[Math.floor(random() * 10)]!++;
  // 10,000 each, give or take four standard deviations of 95.
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(380);
});
