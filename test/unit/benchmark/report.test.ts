import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../runtime/benchmark/report.ts';
import { keepResult, loadResult, parseResult, type ResultStore } from '../../../runtime/benchmark/result-store.ts';
import type { LoadResult } from '../../../runtime/contracts/load-test.ts';
import { measurementOf, resultOf } from './support/results.ts';

const benchmark = resultOf(
  [measurementOf('storage', [1, 2, 3]), measurementOf('inference-uncached', [1])],
  'simulated',
);
const { latency, histogram } = measurementOf('storage', [1, 2, 3]);
const figures = {
  requests: 3,
  errors: 1,
  errors_by_code: { HTTP_500: 1 },
  seconds: 1,
  requests_per_s: 3,
  latency,
  histogram,
};
const loadTest: LoadResult = {
  kind: 'load',
  id: 'load_1',
  name: 'Plan "A" & B',
  started_at: '2026-01-01T00:00:00.000Z',
  target: 'http://127.0.0.1:7071',
  state: 'complete',
  reason: null,
  items: [{ name: 'One, two', threads: 2, ...figures }],
  total: figures,
  criteria: [
    {
      text: 'max(response_time) < 5',
      aggregate: 'max',
      metric: 'response_time',
      operator: '<',
      threshold: 5,
      actual: 3,
      holds: true,
    },
    {
      text: 'percentage(errors) < 5',
      aggregate: 'percentage',
      metric: 'errors',
      operator: '<',
      threshold: 5,
      actual: 33.3,
      holds: false,
    },
  ],
  passed: false,
};

describe('renderReport', () => {
  it('CSV: one line a measurement, with its engine; commas are quoted', () => {
    const [head, storage] = renderReport(benchmark, 'csv').split('\r\n');
    expect(head).toBe(
      'name,engine,state,requests,errors,per_second,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,p99_9_ms,p99_99_ms,max_ms',
    );
    expect(storage).toMatch(/^storage,simulated,complete,3,0,0\.3,2,/);
    expect(renderReport(loadTest, 'csv')).toContain('"One, two",,complete,3,1,3,2,');
  });

  it('Markdown: the engine, the targets, the conditions beside the guide’s', () => {
    const text = renderReport(benchmark, 'md');
    expect(text).toContain('engine: **simulated**');
    expect(text).toContain(
      '| ML inference (uncached) | 1–3 s | 1.00 ms | 1.00–1.00 ms | not judged | simulated engine',
    );
    expect(text).toContain('| infrastructure | A \\| B | Azure Standard D4s v3 |');
    expect(renderReport(loadTest, 'md')).toContain('| percentage(errors) < 5 | 33.3 | no |');
  });

  it('JUnit: a criterion that does not hold is a failure, a target that was not judged is skipped', () => {
    const load = renderReport(loadTest, 'xml');
    expect(load).toContain(
      '<testsuite name="Plan &quot;A&quot; &amp; B" tests="2" failures="1" errors="0" skipped="0"',
    );
    expect(load).toContain('name="percentage(errors) &lt; 5"><failure message="measured 33.3"/>');
    const bench = renderReport(benchmark, 'xml');
    expect(bench).toContain('tests="9" failures="0"');
    expect(bench).toContain('name="ML inference (uncached)"><skipped message="1.00 ms, target 1–3 s: not judged');
  });

  it('JUnit: a run that was cut off fails', () => {
    const text = renderReport({ ...loadTest, criteria: [], state: 'target_gone', reason: 'it died' }, 'xml');
    expect(text).toContain('<failure message="it died"/>');
  });

  it('JSON: can be read again', () => {
    expect(parseResult(renderReport(benchmark, 'json'))).toEqual(benchmark);
    expect(parseResult(renderReport(loadTest, 'json'))).toEqual(loadTest);
    expect(() => parseResult('{"kind": "other"}')).toThrow(/no result of aos bench/);
  });
});

describe('keepResult', () => {
  function store() {
    const rows = new Map<string, Parameters<ResultStore['putSummary']>[0]>();
    const blobs = new Map<string, string>();
    const order: string[] = [];
    const it: ResultStore = {
      putSummary: async (row) => {
        order.push('summary');
        rows.set(row.id, row);
      },
      putHistograms: async (id, text) => {
        order.push('histograms');
        blobs.set(id, text);
      },
      async *listSummaries() {
        yield* rows.values();
      },
      getSummary: async (id) => rows.get(id)?.summary,
      getHistograms: async (id) => blobs.get(id),
    };
    return { it, rows, blobs, order };
  }

  it.each([benchmark, loadTest])('keeps $kind results whole, the buckets apart from the summary', async (result) => {
    const { it: kept, rows, order } = store();
    await keepResult(kept, result);
    expect(await loadResult(kept, result.id)).toEqual(result);
    expect(parseResult(rows.get(result.id)!.summary)).not.toEqual(result);
    // A write that is cut off leaves nothing that is listed.
    expect(order).toEqual(['histograms', 'summary']);
  });

  it('says that there is none', async () => {
    await expect(loadResult(store().it, 'bench_9')).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
  });
});
