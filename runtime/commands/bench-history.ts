import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { compareRuns, failingMore } from '../benchmark/compare.ts';
import { parseResult } from '../benchmark/parse-result.ts';
import { words } from '../benchmark/report.ts';
import type { BenchmarkResult, Measurement } from '../contracts/benchmark.ts';
import { formatFigure } from '../contracts/figures.ts';
import type { ResultComparison } from '../contracts/result-comparison.ts';
import { type Result, type ResultSummary, resultSchema, resultSummarySchema } from '../contracts/results.ts';
import { formatPercent } from '../contracts/units.ts';
import { AosError } from '../core/errors.ts';
import { call, print, type TalkOptions } from './talk.ts';

/** What a runtime can keep at most. */
const ALL = 1000;

/** `aos bench history`: what the runtime keeps, newest first. */
export async function benchHistory(options: TalkOptions & { limit: number }): Promise<void> {
  const results = await kept(options, options.limit);
  print(options, { results }, () => (results.length === 0 ? ['Nothing is kept yet.'] : results.map(summaryLine)));
}

/** `aos bench compare`: two runs, each by its id or number. */
export async function benchCompare(a: string, b: string, options: TalkOptions): Promise<void> {
  const before = await keptBenchmark(a, options);
  const after = await keptBenchmark(b, options);
  const comparison = compareBenchmarks(before, after);
  print(options, { before: before.id, after: after.id, ...comparison }, () => comparisonLines(comparison));
}

/** A benchmark's result from a file, or from the runtime by its id or number. @throws AosError AOS_BAD_REQUEST, AOS_NOT_FOUND */
export async function readBaseline(name: string, options: TalkOptions): Promise<BenchmarkResult> {
  const text = await readFile(name, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? keptBenchmark(name, options) : benchmarkOf(parseResult(text), name);
}

/** What changed, and what fails more often: both are regressions, and who fails fast is no faster for it. */
export interface BenchmarkComparison extends ResultComparison {
  more_errors: Pick<Measurement, 'scenario' | 'errors' | 'requests'>[];
}

/** @param options.tolerance a smaller change is no clear difference; default 0 */
export function compareBenchmarks(
  before: BenchmarkResult,
  after: BenchmarkResult,
  options: { tolerance?: number } = {},
): BenchmarkComparison {
  const more_errors = failingMore(before, after).map(({ scenario, errors, requests }) => ({
    scenario,
    errors,
    requests,
  }));
  return { ...compareRuns(before, after, options), more_errors };
}

export const isRegression = ({ changes, more_errors }: BenchmarkComparison): boolean =>
  more_errors.length > 0 || changes.some(({ reading }) => reading === 'slower');

export function comparisonLines({ changes, differences, more_errors }: BenchmarkComparison): string[] {
  const percent = (share: number) => `${share < 0 ? '−' : '+'}${formatPercent(Math.abs(share), { decimals: 1 })}`;
  return [
    ...(changes.length === 0
      ? ['The runs have no complete measurement in common.']
      : ['Changes, each with its 95 % interval:']),
    ...changes.map(
      ({ scenario, statistic, before, after, change, reading }) =>
        `${scenario} ${statistic.replace('_', '.')}: ${formatFigure(before)} → ${formatFigure(after)} ms, ${percent(change.value)} (${percent(change.low)} to ${percent(change.high)}): ${reading}`,
    ),
    ...more_errors.map(
      ({ scenario, errors, requests }) => `${scenario} fails more often: ${errors} of ${requests} requests`,
    ),
    ...differences.map((difference) => `differs: ${difference}`),
  ];
}

async function keptBenchmark(name: string, options: TalkOptions): Promise<BenchmarkResult> {
  const found = (await kept(options, ALL)).find(({ id, number }) => id === name || String(number) === name);
  if (!found) {
    throw new AosError('AOS_NOT_FOUND', `There is no run ${name}. aos bench history lists those that are kept.`);
  }
  const result = await call(options, 'GET', `/api/results/${found.id}`, resultSchema);
  return benchmarkOf(result, name);
}

function benchmarkOf(result: Result, name: string): BenchmarkResult {
  if (result.kind === 'benchmark') return result;
  throw new AosError('AOS_BAD_REQUEST', `${name} is the result of a load test; what is compared comes from aos bench.`);
}

const kept = (options: TalkOptions, limit: number): Promise<ResultSummary[]> =>
  call(options, 'GET', `/api/results?limit=${limit}`, z.array(resultSummarySchema));

function summaryLine(summary: ResultSummary): string {
  const { number, started_at, kind, scenario, name, load, p50_ms, p95_ms, throughput_per_s, verdict, note } = summary;
  const what = name ?? scenario ?? (kind === 'benchmark' ? 'several scenarios' : kind);
  const times =
    p50_ms === null || p95_ms === null ? [] : [`p50 ${formatFigure(p50_ms)} ms`, `p95 ${formatFigure(p95_ms)} ms`];
  const engine = summary.conditions ? [summary.conditions.engine] : [];
  const parts = [
    load,
    ...times,
    `${formatFigure(throughput_per_s)}/s`,
    ...engine,
    words[verdict],
    ...(note ? [note] : []),
  ];
  return `${String(number).padStart(4)}  ${started_at.slice(0, 16).replace('T', ' ')}  ${what} · ${parts.join(' · ')}  ${summary.id}`;
}
