import { expect, it } from 'vitest';
import { soak } from '../soak/soak.ts';

it('two replicas handle events for a minute: nothing lost, overtaken or done twice, and memory stays flat', async () => {
  const { sent, wrongs, growth, log } = await soak({ minutes: 1, ratePerS: 50 });
  expect(wrongs, log).toEqual([]);
  expect(sent).toBeGreaterThan(1500);
  // Of a minute a collection more or less is a good part; ten minutes (`npm run soak`) are held to less.
  expect(growth).toBeLessThan(0.4);
});
