import { describe, expect, it } from 'vitest';
import { priceOf } from '../../../runtime/capacity/price-book.ts';
import { bookOf, need, noPrices, plan } from './support.ts';

describe('costs of a month', () => {
  it('are quantity times price, row by row', () => {
    const p = plan();
    const replicaSeconds = 10 * 730 * 3600;
    expect(need(p, 'replicas').cost.amount).toBeCloseTo(replicaSeconds * (0.00002 + 2 * 0.000002));
    expect(need(p, 'gpu').cost.amount).toBe(6000);
    expect(need(p, 'bus').cost.amount).toBe(4 * 730);
    expect(need(p, 'storage').cost.amount).toBeCloseTo(1235.9619 * ((0.02 * 30) / 90 + (0.01 * 60) / 90), 3);
    expect(need(p, 'monitoring').cost.amount).toBeCloseTo(20.885 * 2, 1);
    expect(need(p, 'egress').cost.amount).toBeCloseTo(417.7 * 0.1, 1);
    expect(p.total.unknown).toEqual([]);
  });

  it('bill reserved machines when the plan reserves them', () => {
    expect(need(plan({ reservation: '1 year' }), 'replicas').cost.amount).toBeCloseTo((10 * 1168) / 12);
  });

  it('follow graduated tiers, the free one first', () => {
    const book = bookOf({});
    book.items.logs_gb.tiers = [
      { from: 0, unit_price: 0 },
      { from: 5, unit_price: 2 },
      { from: 100, unit_price: 1 },
    ];
    const cost = (gb: number) => priceOf(book, [['logs_gb', gb]]).amount;
    expect([cost(5), cost(6), cost(100), cost(110)]).toEqual([0, 2, 190, 200]);
  });
});

describe('unknown prices', () => {
  it('are no zero: they are named in the row, in the total and in all that rests on them', () => {
    const p = plan({}, noPrices);
    expect(need(p, 'bus').cost).toEqual({ amount: 0, unknown: ['bus_premium_unit_hour'] });
    expect(p.total.amount).toBe(6000);
    expect(p.total.unknown).toContain('bus_premium_unit_hour');
    expect(p.savings.lifecycle).toMatchObject({ saving: null, percent: null });
    expect(p.savings.sampling.saving).toBeNull();
    expect(p.reservation).toMatchObject({ saving: null, break_even_percent: null });
    expect(p.crossover).toMatchObject({ requests_per_hour: null, cheaper_now: null });
    expect(p.crossover.unknown).toContain('flex_gb_second');
  });

  it('of what is not used are left out', () => {
    // Nothing is archived after 90 of 90 days.
    expect(plan({}, noPrices).total.unknown).not.toContain('blob_archive_gb_month');
    expect(plan({ archive_after_days: 60 }, noPrices).total.unknown).toContain('blob_archive_gb_month');
  });

  it('make way for a price of yours', () => {
    const p = plan({ prices: { bus_premium_unit_hour: 2 } }, noPrices);
    expect(need(p, 'bus').cost).toEqual({ amount: 4 * 730 * 2, unknown: [] });
    expect(p.total.unknown).not.toContain('bus_premium_unit_hour');
  });
});

describe('savings', () => {
  it('of LoRAX are the guide’s: 50 GPUs against 1–2, 96–98 %', () => {
    const { gpu } = plan({}, noPrices).savings;
    expect(gpu).toMatchObject({ gpus_without: 50, gpus_with: 2, saving: 144_000, percent: 96 });
    expect(gpu.guide_saving).toEqual([144_000, 147_000]);
    const quiet = plan({ requests_per_agent_per_hour: 10 }, noPrices).savings.gpu;
    expect(quiet).toMatchObject({ gpus_with: 1, saving: 147_000, percent: 98 });
  });

  it('of LoRAX count the GPUs that each adapter’s share of a great load would take', () => {
    // 64 calls in flight for each of 50 adapters, 32 on a GPU
    const { gpu } = plan({ requests_per_agent_per_hour: 60 * 64 }).savings;
    expect(gpu).toMatchObject({ gpus_without: 100, gpus_with: 100, saving: 0 });
  });

  it('of the cache follow its hit rate', () => {
    expect(plan({ hit_rate_percent: 50 }).savings.cache).toMatchObject({ gpus_without: 4, gpus_with: 2, saving: 6000 });
    expect(plan({ hit_rate_percent: 0 }).savings.cache).toMatchObject({ saving: 0, calls_avoided_per_month: 0 });
  });

  it('of the lifecycle policy are what the tiers’ prices make of the ages', () => {
    // a third each: 1 − (0.02 + 0.01 + 0.002) / (3 × 0.02)
    expect(plan({ archive_after_days: 60 }).savings.lifecycle.percent).toBeCloseTo(46.67, 1);
    // the guide’s own days: nothing is archived, 1 − (1/3 × 0.02 + 2/3 × 0.01) / 0.02
    expect(plan().savings.lifecycle.percent).toBeCloseTo(33.33, 1);
  });

  it('of sampling are 90 % at the guide’s ratio', () => {
    expect(plan().savings.sampling.percent).toBeCloseTo(90);
  });
});

describe('reservation and crossover', () => {
  it('a reservation pays when its machines run for its share of the hours', () => {
    const { reservation } = plan();
    expect(reservation.pay_as_you_go.amount).toBeCloseTo(10 * 730 * 0.2);
    expect(reservation.saving).toBeCloseTo(1460 - (10 * 1168) / 12);
    expect(reservation.break_even_percent).toBeCloseTo(66.67, 1);
  });

  it('consumption and always-on replicas cost the same at the crossover', () => {
    const { crossover, hosting } = plan();
    const alwaysOn = hosting.find(({ id }) => id === 'container-apps')!.cost!.amount;
    const at = plan({ requests_per_agent_per_hour: crossover.requests_per_hour! / 1000 });
    expect(at.hosting.find(({ id }) => id === 'flex')!.cost!.amount).toBeCloseTo(alwaysOn, 1);
    expect(crossover.cheaper_now).toBe('consumption');
    expect(plan({ requests_per_agent_per_hour: 50_000 }).crossover.cheaper_now).toBe('always on');
  });
});
