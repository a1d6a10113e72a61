import { describe, expect, it } from 'vitest';
import { advise } from '../../../runtime/capacity/advisor/advise.ts';
import type { Facts } from '../../../runtime/capacity/advisor/facts.ts';
import { planCapacity } from '../../../runtime/capacity/plan.ts';
import type { Check, PlanInput } from '../../../runtime/contracts/capacity.ts';
import { configSchema } from '../../../runtime/contracts/config.ts';
import { bookOf, noPrices, plan } from './support.ts';

const now = '2026-11-24T12:00:00Z';
const config = (runtime: object = {}, more: object = {}) =>
  configSchema.parse({ name: 'test', runtime: { replicas: 2, shards: 32, ...runtime }, ...more });

/** A workspace and a plan with nothing to find. */
const good: PlanInput = { shards: 32, messaging_units: 1, archive_after_days: 60, cache_entries: 40_000 };
const checks = (input: PlanInput = good, facts: Partial<Facts> = {}): Check[] =>
  advise({
    ...{ plan: plan({ ...good, ...input }), prices: bookOf(), config: config(), now },
    ...{ sources: [], exporter: true, lastLoadTestAt: '2026-11-20T12:00:00Z', ...facts },
  });
const check = (id: string, ...from: Parameters<typeof checks>) => checks(...from).find((one) => one.id === id);

describe('the eight best practices', () => {
  it('are all judged, and met by a sound plan but for what nobody measured', () => {
    const verdicts = checks().map(({ practice, verdict }) => [practice, verdict]);
    expect(verdicts.sort()).toEqual([
      [1, 'meets'],
      [2, 'not measured'],
      [3, 'meets'],
      [4, 'meets'],
      [5, 'meets'],
      [6, 'meets'],
      [7, 'meets'],
      [8, 'meets'],
    ]);
  });

  it('1: replicas need shards, in the plan and in aos.json, and more than one of them', () => {
    expect(check('scale-out', { shards: 10 })).toMatchObject({
      ...{ verdict: 'misses', severity: 'error', blocking: true, fix: { set: { shards: 32 } } },
      why: '30 instances need 30 shards or more; there are 10, so 20 instances would get no work.',
    });
    expect(check('scale-out', good, { config: config({ shards: 10 }) })?.fix).toMatchObject({
      ...{ kind: 'config', path: ['runtime', 'shards'], value: 32 },
    });
    expect(check('scale-out', good, { config: config({ replicas: 1 }) })?.finding).toBe('There is one replica.');
    const text =
      'const seen = new Map<string, number>();\nconst NAMES = { a: 1 };\nfunction f() {\n  let inside = 0;\n}\n';
    expect(check('scale-out', good, { sources: [{ file: 'agents/ceo.ts', text }] })).toMatchObject({
      ...{ verdict: 'misses', finding: '1 variable outside of functions: agents/ceo.ts:1 seen.' },
      fix: { kind: 'advice' },
    });
    expect(check('scale-out', { total_agents: 100_000, shards: 1024 })).toMatchObject({
      ...{ blocking: true, fix: { kind: 'advice' } },
    });
  });

  it('2: a cache that is on, large enough, and hits', () => {
    expect(check('caching', good, { config: config({ cache: { enabled: false } }) })?.verdict).toBe('misses');
    expect(check('caching', { cache_entries: 10_000 })?.fix).toMatchObject({ set: { cache_entries: 30_000 } });
    const measured = (value: number) =>
      planCapacity(good, {
        ...{ prices: bookOf(), draws: 10 },
        measured: { run: 'r', at: now, simulated: false, values: { hit_rate_percent: { value } } },
      });
    expect(check('caching', good, { plan: measured(10) })).toMatchObject({
      verdict: 'misses',
      saving: expect.closeTo(3000),
    });
    expect(check('caching', good, { plan: measured(55) })?.verdict).toBe('meets');
  });

  it('3: no blocking calls in handlers, lanes wide and deadlines long enough', () => {
    const text = "// readFileSync('x')\nconst a = readFileSync('y');\nawait readFile('z');";
    const found = check('async-io', good, { sources: [{ file: 'agents/ceo.ts', text }] });
    expect(found).toMatchObject({
      verdict: 'misses',
      finding: '1 blocking call in handlers: agents/ceo.ts:2 readFileSync.',
    });
    expect(check('async-io', good, { config: config({ bulkhead: { critical: 1, normal: 1 } }) })).toMatchObject({
      ...{ verdict: 'meets' },
    });
    const crowded = { answer_seconds: 20 };
    expect(check('async-io', crowded, { config: config({ bulkhead: { critical: 1, normal: 1 } }) })?.fix).toMatchObject(
      {
        // 50/s × (0.5 × 20 s + 0.5 × 0.05 s) over 30 replicas, one of them in the critical lane
        ...{ path: ['runtime', 'bulkhead', 'normal'], value: 16 },
      },
    );
    expect(check('async-io', { answer_seconds: 40 })?.fix).toMatchObject({ value: 120 });
    expect(check('async-io', good, { sources: undefined })?.verdict).toBe('not measured');
  });

  it('4: no hotspots, in the code or in the plan', () => {
    const sources = [
      { file: 'a.ts', text: '\n\nconst partitionKey = agentId;\n' },
      { file: 'b.ts', text: 'const row = { partitionKey: event.agent_id };' },
    ];
    expect(check('partition-keys', good, { sources })?.finding).toBe(
      'a.ts:3 makes agentId a partition key, and 1 more do.',
    );
    const busy = { requests_per_agent_per_hour: 20_000, busiest_agent_percent: 50 };
    expect(check('partition-keys', busy)).toMatchObject({
      blocking: true,
      finding: expect.stringContaining('partition'),
    });
    const many = { requests_per_agent_per_hour: 30_000, busiest_agent_percent: 0.1 };
    expect(check('partition-keys', many)?.fix?.label).toBe('Spread the agents over 2 storage accounts');
  });

  it('5–8: telemetry that leaves, recent load tests, headroom, static files near their readers', () => {
    expect(check('monitoring', good, { exporter: false })?.verdict).toBe('misses');
    expect(check('load-tests', good, { lastLoadTestAt: '2026-09-01T00:00:00Z' })).toMatchObject({
      ...{ verdict: 'misses', fix: { kind: 'command' } },
    });
    expect(check('load-tests', good, { lastLoadTestAt: null })?.verdict).toBe('not measured');
    expect(check('headroom', { headroom: 2 })?.fix).toMatchObject({ set: { headroom: 3 } });
    expect(check('cdn', { static_gb_per_month: 500 })?.verdict).toBe('misses');
  });
});

describe('anti-patterns', () => {
  it('are not named where there are none', () => {
    expect(checks().filter(({ practice }) => practice === null)).toEqual([]);
  });

  it.each<[string, PlanInput, object]>([
    ['bus-too-large', { messaging_units: 4 }, { saving: 3 * 730, fix: { set: { messaging_units: 1 } } }],
    ['bus-too-small', { requests_per_agent_per_hour: 600 }, { blocking: true, fix: { set: { messaging_units: 4 } } }],
    [
      'bus-too-small',
      { requests_per_agent_per_hour: 6000 },
      { fix: { kind: 'advice', label: expect.stringContaining('2 namespaces') } },
    ],
    [
      'bus-too-small',
      { bus_tier: 'Standard', requests_per_agent_per_hour: 700 },
      { fix: { set: { bus_tier: 'Premium' } } },
    ],
    ['message-too-large', { bus_tier: 'Standard', avg_message_size_kb: 300 }, { blocking: true }],
    ['gpu-per-agent', { max_adapters: 1 }, { saving: 48 * 3000 }],
    ['nothing-archived', { archive_after_days: 90 }, { fix: { set: { archive_after_days: 60 } } }],
    ['all-traces', { sampling_percent: 100 }, { fix: { set: { sampling_percent: 10 } } }],
    ['uneven-replica', { memory_gib_per_replica: 4 }, { blocking: true, fix: { set: { memory_gib_per_replica: 2 } } }],
  ])('%s: %j', (id, input, expected) => {
    expect(check(id, input)).toMatchObject(expected);
  });

  it('adapters-left-out', () => {
    const adapters = { a: { path: 'a' }, b: { path: 'b' } };
    const found = check('adapters-left-out', good, { config: config({}, { adapters, model: { max_adapters: 1 } }) });
    expect(found?.fix).toMatchObject({ path: ['model', 'max_adapters'], value: 2 });
  });

  it('are gone after their fix', () => {
    for (const { id, fix } of checks({
      ...good,
      messaging_units: 4,
      shards: 10,
      archive_after_days: 90,
      sampling_percent: 50,
    })) {
      if (fix?.kind === 'inputs') expect(check(id, { ...good, ...fix.set })?.verdict ?? 'meets', id).toBe('meets');
    }
  });
});

describe('advice', () => {
  it('goes from what blocks to what is met, and by saving', () => {
    const found = checks({ shards: 10, messaging_units: 4, sampling_percent: 100 });
    expect(found[0]).toMatchObject({ id: 'scale-out', blocking: true });
    const hints = found.filter(({ severity }) => severity === 'lightbulb').map(({ saving }) => saving ?? 0);
    expect(hints).toEqual([...hints].sort((a, b) => b - a));
    expect(found.at(-1)!.verdict).toBe('meets');
  });

  it('names unknown prices once, and claims no saving from them', () => {
    const found = advise({ plan: plan({ messaging_units: 4 }, noPrices), prices: noPrices, now });
    expect(found.filter(({ id }) => id === 'unknown-prices')).toHaveLength(1);
    expect(found.find(({ id }) => id === 'bus-too-large')?.saving).toBeNull();
  });
});
