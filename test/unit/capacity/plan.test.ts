import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../../runtime/capacity/plan.ts';
import type { Measured } from '../../../runtime/contracts/capacity.ts';
import { seededRandom } from '../../../runtime/core/random.ts';
import { bookOf, need, noPrices, plan } from './support.ts';

describe('the guide’s numbers', () => {
  it('are 10.0, 16.67 and 1235.96, in the guide’s own lines', () => {
    expect(plan().guide.lines).toEqual([
      'Required instances: 10.0',
      'Expected RPS: 16.67',
      'Required storage: 1235.96 GB',
    ]);
  });

  it('leave instances a fraction where the guide does, and stand beside whole ones', () => {
    const { guide, planned } = plan({ total_agents: 150, headroom: 1 });
    expect(guide.lines[0]).toBe('Required instances: 1.5');
    expect(planned.instances).toBe(2);
  });

  it('are planned for three times the peak, and storage for the average', () => {
    expect(plan().planned).toEqual({ factor: 3, instances: 30, rps: 50, storage_gb: expect.closeTo(1235.96, 2) });
    expect(plan({ peak_over_average: 2 }).planned).toMatchObject({ factor: 6, instances: 60, rps: 100 });
  });
});

describe('GPUs', () => {
  it('hold the calls that miss the cache: rate × answer time', () => {
    const gpu = need(plan({ hit_rate_percent: 38.1, answer_seconds: 1.74 }), 'gpu');
    expect(gpu.needed).toBe('2');
    expect(gpu.fill!.share).toBeCloseTo(53.853 / 64, 3);
  });

  it('are more when measured tokens a second are scarcer than places', () => {
    // 25 uncached/s × 256 tokens = 6,400 tokens/s
    expect(need(plan({ gpu_tokens_per_second: 1000 }), 'gpu').needed).toBe('7');
    expect(need(plan({ gpu_tokens_per_second: 1_000_000 }), 'gpu').needed).toBe('2');
  });

  it('hold all adapters', () => {
    expect(need(plan({ adapters: 901, max_adapters: 100 }), 'gpu').needed).toBe('10');
  });
});

describe('Service Bus', () => {
  it('is sized by bytes in and out', () => {
    const bus = need(plan(), 'bus');
    expect(bus).toMatchObject({ needed: '1.00 MB/s', fill: { share: 0.0625, of: '4 units' } });
    expect(bus.note).toBe('The guide counts 4,000 msg/s; at 10 KB bytes allow 800.');
  });

  it('is sized by the guide’s messages a second where those are scarcer', () => {
    const small = plan({ avg_message_size_kb: 0.1, requests_per_agent_per_hour: 6000, messaging_units: 1 });
    expect(need(small, 'bus').fill!.share).toBeCloseTo(5);
  });

  it('counts credits in the Standard tier', () => {
    expect(need(plan({ bus_tier: 'Standard' }), 'bus').fill).toEqual({ share: 0.1, of: '1,000 credits/s' });
    expect(need(plan({ bus_tier: 'Standard', credits_per_message: 4 }), 'bus').fill!.share).toBeCloseTo(0.2);
  });
});

describe('storage', () => {
  it('is split by age, and nothing of it gets lost', () => {
    const { lifecycle } = plan({ archive_after_days: 60 }).savings;
    expect([lifecycle.hot_gb, lifecycle.cool_gb, lifecycle.archive_gb]).toEqual(
      [1, 1, 1].map(() => expect.closeTo(1235.96 / 3, 1)),
    );
  });

  it('holds the account against 20,000 a second and the busiest partition against 2,000', () => {
    expect(need(plan({ busiest_agent_percent: 0.1 }), 'writes').fill).toEqual({ share: 0.0025, of: 'the account' });
    const uneven = need(plan({ busiest_agent_percent: 20 }), 'writes').fill!;
    expect(uneven).toEqual({ share: expect.closeTo(10 / 2000), of: 'the busiest partition' });
  });
});

describe('replicas', () => {
  it('never outnumber the shards', () => {
    expect(plan().scale).toMatchObject({ min_replicas: 10, max_replicas: 10 });
    expect(plan({ shards: 32 }).scale).toMatchObject({ min_replicas: 10, max_replicas: 30 });
    expect(plan({ shards: 4 }).scale).toMatchObject({ min_replicas: 4, max_replicas: 4 });
  });

  it('have alternatives that fit or not', () => {
    const { hosting } = plan({ shards: 32 });
    expect(hosting.map(({ id, instances, limit, fits }) => [id, instances, limit, fits])).toEqual([
      ['container-apps', 30, 32, true],
      // 50/s × (0.5 × 2 s + 0.5 × 0.05 s) = 51.25 at a time, 16 an instance
      ['flex', 4, 250, true],
      ['premium-ep2', 30, 20, false],
      ['consumption-y1', 4, 200, false],
    ]);
  });
});

describe('inputs', () => {
  const measured: Measured = {
    ...{ run: 'run-7', at: '2026-11-20T10:00:00Z', simulated: false },
    values: { answer_seconds: { value: 1.74, low: 1.5, high: 2 }, hit_rate_percent: { value: 38.1 } },
  };
  const input = (key: string, p = planCapacity({ hit_rate_percent: 45 }, { prices: bookOf(), measured, draws: 10 })) =>
    p.inputs.find((one) => one.key === key);

  it('all say their unit and where they come from', () => {
    for (const { label, from, source } of plan().inputs) {
      expect(label).not.toBe('');
      expect(from, label).not.toBe('');
      expect(['guide', 'assumed'], label).toContain(source);
    }
  });

  it('take measured values before the guide’s, and yours before measured ones', () => {
    expect(input('answer_seconds')).toMatchObject({
      ...{ value: 1.74, source: 'measured', from: 'run run-7 of 2026-11-20', range: [1.5, 2], default: 1.74 },
    });
    expect(input('hit_rate_percent')).toMatchObject({ value: 45, source: 'yours', default: 38.1 });
    expect(input('total_agents')).toMatchObject({ value: 1000, source: 'guide' });
  });

  it('refuse figures of a simulated engine', () => {
    const options = { prices: noPrices, measured: { ...measured, simulated: true } };
    expect(() => planCapacity({}, options)).toThrow(/run-7 was simulated/);
  });

  it.each([
    [{ total_agents: 0 }, 'total_agents: 1 to 1,000,000 agents'],
    [{ agents_per_instance: -1 }, 'agents_per_instance: 1 to 100,000 agents per instance'],
    [{ requests_per_agent_per_hour: Number.NaN }, 'requests_per_agent_per_hour: 0 to 100,000 per hour'],
    [{ messaging_units: 3 }, 'messaging_units: 1, 2, 4, 8, 16 messaging units'],
    [{ total_agents: 1.5 }, 'total_agents: 1 to 1,000,000 agents, whole'],
    [{ agents: 5 }, 'agents: no such input'],
    [{ bus_tier: 'Basic' }, 'bus_tier: '],
    [{ prices: { logs_gb: -1 } }, 'prices.logs_gb: '],
  ])('are refused at the field: %j', (bad, told) => {
    expect(() => plan(bad)).toThrow(told);
  });
});

describe('properties', () => {
  const random = seededRandom(42);
  const between = (low: number, high: number) => low + random() * (high - low);
  const cases = Array.from({ length: 60 }, () => ({
    total_agents: Math.ceil(between(1, 20_000)),
    requests_per_agent_per_hour: between(1, 500),
    agents_per_instance: Math.ceil(between(1, 500)),
    avg_message_size_kb: between(0.1, 200),
    hit_rate_percent: between(0, 100),
    retention_days: Math.ceil(between(1, 400)),
    archive_after_days: Math.ceil(between(0, 400)),
    bus_tier: random() < 0.5 ? ('Premium' as const) : ('Standard' as const),
  }));

  it('more load never needs or costs less', () => {
    for (const input of cases) {
      for (const more of [
        { requests_per_agent_per_hour: input.requests_per_agent_per_hour * 1.7 },
        { total_agents: input.total_agents * 2 },
        { avg_message_size_kb: input.avg_message_size_kb * 1.3 },
      ]) {
        const [less, greater] = [plan(input), plan({ ...input, ...more })];
        const reason = JSON.stringify({ input, more });
        expect(greater.total.amount, reason).toBeGreaterThanOrEqual(less.total.amount);
        expect(greater.deployment.gpus, reason).toBeGreaterThanOrEqual(less.deployment.gpus);
        expect(greater.planned.instances, reason).toBeGreaterThanOrEqual(less.planned.instances);
        expect(need(greater, 'bus').fill!.share, reason).toBeGreaterThanOrEqual(need(less, 'bus').fill!.share);
        expect(need(greater, 'writes').fill!.share, reason).toBeGreaterThanOrEqual(need(less, 'writes').fill!.share);
      }
    }
  });

  it('the tiers together are the guide’s storage, and the rows together the total', () => {
    for (const input of cases) {
      const p = plan(input);
      const { hot_gb, cool_gb, archive_gb } = p.savings.lifecycle;
      expect(Math.min(hot_gb, cool_gb, archive_gb)).toBeGreaterThanOrEqual(0);
      expect(p.savings.gpu.saving).toBeGreaterThanOrEqual(0);
      expect((hot_gb + cool_gb + archive_gb) / p.guide.storage_gb).toBeCloseTo(1, 9);
      expect(p.needs.reduce((sum, { cost }) => sum + cost.amount, 0)).toBeCloseTo(p.total.amount, 6);
    }
  });
});
