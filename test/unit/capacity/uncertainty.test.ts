import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../../runtime/capacity/plan.ts';
import { triangular } from '../../../runtime/capacity/random.ts';
import { seededRandom } from '../../../runtime/core/random.ts';
import { bookOf, plan } from './support.ts';

const drawn = (seed: number, input = {}) =>
  planCapacity(input, { prices: bookOf(), draws: 1000, random: seededRandom(seed) }).ranges;

describe('ranges', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7).in_flight).not.toEqual(drawn(8).in_flight);
  });

  it('hold the plan in their middle, and are in order', () => {
    const { gpus, in_flight, cost } = drawn(1);
    for (const { p10, p50, p90 } of [gpus, in_flight, cost]) {
      expect(p10).toBeLessThanOrEqual(p50);
      expect(p50).toBeLessThanOrEqual(p90);
    }
    expect(in_flight.p50).toBeGreaterThan(45);
    expect(in_flight.p50).toBeLessThan(55);
  });

  it('vary what is measured or assumed, and neither the guide’s nor your values', () => {
    expect(drawn(1).varied).toContain('answer_seconds');
    expect(drawn(1).varied).not.toContain('requests_per_agent_per_hour');
    expect(drawn(1, { answer_seconds: 1.5 }).varied).not.toContain('answer_seconds');
  });

  it('shrink to a point when nothing is uncertain', () => {
    const sure = Object.fromEntries(
      plan()
        .inputs.filter(({ source, value }) => source === 'assumed' && typeof value === 'number')
        .map(({ key, value }) => [key, value]),
    );
    const { cost, varied } = drawn(1, sure);
    expect(varied).toEqual([]);
    expect(cost.p10).toBe(cost.p90);
  });
});

describe('the triangular distribution', () => {
  it('stays between its ends with the mean of its three points', () => {
    const random = seededRandom(3);
    const samples = Array.from({ length: 20_000 }, () => triangular(random, 1, 2, 6));
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...samples)).toBeLessThanOrEqual(6);
    expect(samples.reduce((sum, one) => sum + one, 0) / samples.length).toBeCloseTo(3, 1);
  });
});

describe('sensitivity', () => {
  it('has the widest input first, and says which end is the cheaper one', () => {
    const { sensitivity, total } = plan();
    const widths = sensitivity.map(({ change: [lower, higher] }) => higher - lower);
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    const perGpu = sensitivity.find(({ key }) => key === 'in_flight_per_gpu')!;
    expect(perGpu).toMatchObject({ at: [64, 16], change: [expect.closeTo(-3000), expect.closeTo(6000)] });
    expect(plan({ in_flight_per_gpu: 16 }).total.amount - total.amount).toBeCloseTo(6000);
  });

  it('leaves out what changes nothing', () => {
    expect(plan().sensitivity.map(({ key }) => key)).not.toContain('credits_per_message');
    expect(plan({ bus_tier: 'Standard' }).sensitivity.map(({ key }) => key)).toContain('credits_per_message');
  });
});
