import { describe, expect, it } from 'vitest';
import type { CloudRow } from '../../../../extension/views/cloud/cloud-row.ts';
import { cloudRows } from '../../../../extension/views/cloud/cloud-rows.ts';
import type { ReplicaView } from '../../../../runtime/contracts/http.ts';
import { breaker, cache, replica, status } from '../support/fixtures.ts';

const statusAt = Date.parse('2026-11-24T11:00:00.000Z');

function rows(replicas: ReplicaView[], part: { agoMs?: number; engine?: 'remote' } = {}): CloudRow[] {
  const { agoMs = 0, engine } = part;
  const shards = [
    { shard: 0, replica: 'replica-1', agents: 1, waiting: 3 },
    { shard: 1, replica: 'replica-2', agents: 1, waiting: 0 },
    { shard: 2, replica: null, agents: 0, waiting: null },
  ];
  const of = status({ replicas, ...(engine ? { engine, endpoint: 'https://lorax.example.com/v1' } : {}) });
  return cloudRows({ status: of, statusAt, nowMs: statusAt + agoMs, shards });
}

/** `label description` of a group and of what is below it. */
function lines(row: CloudRow | undefined, depth = 0): string[] {
  if (!row) return [];
  const own = `${'  '.repeat(depth)}${row.label} ${row.description}`;
  return [own, ...(row.children ?? []).flatMap((child) => lines(child, depth + 1))];
}

const group = (id: string, all: CloudRow[]) => all.find((row) => row.id === id);
const two = (first: Partial<ReplicaView> = {}, second: Partial<ReplicaView> = {}) => [
  replica({ replica: 'replica-1', ...first }),
  replica({ replica: 'replica-2', ...second }),
];

describe('services', () => {
  it('say where they are; those on this machine are embedded', () => {
    const all = rows(two());
    expect(lines(group('serviceBus', all))).toEqual(['Service Bus embedded · 127.0.0.1:5672']);
    expect(lines(group('storage', all))).toEqual(['Storage embedded · 127.0.0.1:10000']);
    const azure = cloudRows({
      status: status({ service_bus: 'aos.servicebus.windows.net', storage: 'aosstorage' }),
      statusAt,
      nowMs: statusAt,
      shards: [],
    });
    expect(lines(group('serviceBus', azure))).toEqual(['Service Bus Azure · aos.servicebus.windows.net']);
    expect(lines(group('storage', azure))).toEqual(['Storage Azure · aosstorage']);
  });
});

describe('inference', () => {
  it('adds up lanes, limit and cache of all replicas', () => {
    const lanes = [
      { lane: 'critical' as const, limit: 10, active: 1, waiting: 0, refused: 0 },
      { lane: 'normal' as const, limit: 50, active: 7, waiting: 2, refused: 4 },
    ];
    const limits = [{ name: 'lorax', limit: 12, active: 3, waiting: 1, max: 200, latency_ms: 1500 }];
    const answers = cache({
      entries: 923,
      semantic_entries: 600,
      hits: { exact: 20, normalised: 5, semantic: 3 },
      misses: 21,
      shadow: { checked: 12, false_hits: 0, false_hit_bound: 0.22, switched_off: ['cfo'] },
    });
    const [first, second] = two({ lanes, limits, cache: answers }, { lanes, limits, cache: answers });
    expect(lines(group('inference', rows([first!, second!])))).toEqual([
      'Inference simulated · 127.0.0.1:8080',
      '  Model meta-llama/Llama-3.1-8B-Instruct',
      '  Critical lane 2 of 20 · 0 waiting',
      '  Normal lane 14 of 100 · 4 waiting · 8 refused',
      '  Adaptive limit 6 of 24 · 2 waiting',
      '  Cache 57 % hits · 1,846 of 20,000 entries',
      '    Hits 40 exact · 10 normalised · 6 semantic',
      '    Misses 42',
      '    Similar prompts strict · lexical · 1,200 entries',
      '    False hits 0 of 24 checked · at most 22.0 %',
      '    Switched off cfo',
    ]);
  });

  it('bounds false hits by the replica that knows least, of those that have checked any', () => {
    const checked = (count: number, bound: number) =>
      cache({ shadow: { checked: count, false_hits: 0, false_hit_bound: bound, switched_off: [] } });
    const text = (...bounds: [number, number][]) =>
      lines(
        group(
          'inference',
          rows(bounds.map(([count, bound], index) => replica({ replica: `r-${index}`, cache: checked(count, bound) }))),
        ),
      ).find((line) => line.includes('False hits'));
    expect(text([24, 0.1], [0, 1])).toContain('0 of 24 checked · at most 10.0 %');
    expect(text([24, 0.1], [6, 0.3])).toContain('0 of 30 checked · at most 30.0 %');
    expect(text([0, 1])).toContain('none checked yet');
  });

  it('names an endpoint of one’s own by its host, and a cache that was not used', () => {
    const found = lines(group('inference', rows(two(), { engine: 'remote' })));
    expect(found[0]).toBe('Inference remote · lorax.example.com');
    expect(found).toContain('  Cache not used yet · 0 of 20,000 entries');
  });

  it('is not asked for what there is not: no replica, no cache', () => {
    expect(lines(group('inference', rows([]))).some((line) => line.includes('Cache'))).toBe(false);
  });
});

describe('breakers', () => {
  const open = breaker({ state: 'open', failures: 5, next_attempt_ms: 42_000, last_error: 'connection refused\nat x' });
  const found = (replicas: ReplicaView[], agoMs = 0) => lines(group('breakers', rows(replicas, { agoMs })));

  it('stand open ones first, with the countdown and the last error', () => {
    const storage = breaker({ name: 'storage', state: 'half_open' });
    const bus = breaker({ name: 'service-bus' });
    expect(found([replica({ replica: 'replica-1', breakers: [bus, storage, open] })])).toEqual([
      'Breakers 1 open · 1 half-open · 1 closed',
      '  lorax open · next attempt in 42 s · connection refused',
      '  storage half-open · probing',
      '  service-bus closed · 0 of 5 failures',
    ]);
  });

  it('count down from when they were told, and are never over too early', () => {
    const at = (agoMs: number) => found([replica({ replica: 'replica-1', breakers: [open] })], agoMs)[1];
    expect(at(1)).toContain('next attempt in 42 s');
    expect(at(41_500)).toContain('next attempt in 1 s');
    expect(at(60_000)).toContain('next attempt in 0 s');
  });

  it('of one name are one row, in the worst state; it says where if not everywhere', () => {
    expect(found(two({ breakers: [breaker()] }, { breakers: [open] }))).toEqual([
      'Breakers 1 open',
      '  lorax open · on replica-2 · next attempt in 42 s · connection refused',
    ]);
    const [, row] = found(two({ breakers: [open] }, { breakers: [open] }));
    expect(row).toBe('  lorax open · next attempt in 42 s · connection refused');
  });

  it('have a context that menus know, and a fault in every replica in the tooltip', () => {
    const [row] = group('breakers', rows(two({ breakers: [breaker()] }, { breakers: [open] })))!.children!;
    expect(row?.context).toBe('breaker:open');
    expect(row?.details).toEqual([
      'replica-2: open · next attempt in 42 s · last error: connection refused\nat x',
      'replica-1: closed · 0 of 5 failures',
    ]);
    expect(found([replica({ replica: 'replica-1', breakers: [breaker()] })])[0]).toBe('Breakers all closed');
  });
});

it('shards stand by replica, and those without one move', () => {
  expect(lines(group('shards', rows(two())))).toEqual([
    'Shards 3 on 2 replicas',
    '  replica-1 0 · 3 waiting',
    '  replica-2 1 · 0 waiting',
    '  moving 2 · 0 waiting',
  ]);
});

it('every row has an id of its own', () => {
  const ids = (all: readonly CloudRow[]): string[] => all.flatMap((row) => [row.id, ...ids(row.children ?? [])]);
  const all = ids(rows(two({ breakers: [breaker()] }, { breakers: [breaker()] })));
  expect(new Set(all).size).toBe(all.length);
});
