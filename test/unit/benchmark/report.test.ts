import { describe, expect, it } from 'vitest';
import { parseResult } from '../../../runtime/benchmark/parse-result.ts';
import { renderReport } from '../../../runtime/benchmark/report.ts';
import { loadResult as loadTest, measurementOf, resultOf } from './support/results.ts';

const benchmark = resultOf(
  [measurementOf('storage', [1, 2, 3]), measurementOf('inference-uncached', [1])],
  'simulated',
);
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
    expect(text).not.toContain('Claims of the guide');
    expect(renderReport(loadTest, 'md')).toContain('| percentage(errors) < 5 | 33.3 | no |');
  });

  it('Markdown: the claims of the guide, where they were looked into', () => {
    const claim = { id: 'cache', claim: 'Cache', guide: '40–60 %', measured: null, unit: '%', note: 'only 3 prompts' };
    const text = renderReport({ ...benchmark, claims: [claim, { ...claim, measured: 38.14 }] }, 'md');
    expect(text).toContain('| Cache | 40–60 % |  | only 3 prompts |');
    expect(text).toContain('| Cache | 40–60 % | 38.1 % | only 3 prompts |');
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
    const cut = { ...measurementOf('storage', [1]), state: 'target_gone' as const, reason: 'it died, too' };
    const bench = renderReport(resultOf([cut]), 'xml');
    expect(bench).toContain('tests="10" failures="1"');
    expect(bench).toContain('<testcase classname="run" name="storage"><failure message="it died, too"/>');
  });

  it('JSON: can be read again', () => {
    expect(parseResult(renderReport(benchmark, 'json'))).toEqual(benchmark);
    expect(parseResult(renderReport(loadTest, 'json'))).toEqual(loadTest);
    const { claims: _, ...before } = benchmark;
    expect(parseResult(JSON.stringify(before))).toEqual(benchmark);
    expect(() => parseResult('{"kind": "other"}')).toThrow(/no result of aos bench/);
  });
});
