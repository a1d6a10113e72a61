import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Comparison, compareRuns, isRegression } from '../benchmark/compare.ts';
import { seededRandom } from '../benchmark/random.ts';
import { figure, type ReportFormat, renderReport, words } from '../benchmark/report.ts';
import { parseResult, type Result } from '../benchmark/result-store.ts';
import { type LoadChoice, runBenchmark } from '../benchmark/run-benchmark.ts';
import { type BenchmarkResult, type ScenarioId, scenarioSchema } from '../contracts/benchmark.ts';
import { formatPercent } from '../contracts/units.ts';
import { AosError } from '../core/errors.ts';
import { serviceOperations } from './bench-services.ts';
import { benchTarget, showProgress, stopSignal } from './bench-target.ts';
import { print, type TalkOptions } from './talk.ts';

export interface BenchOptions extends TalkOptions {
  /** Default: the whole baseline table. */
  scenario?: string[];
  agent?: string;
  /** The guide's loop, one request after the other; of uncached inference unless scenarios are named. */
  serial?: boolean;
  /** Serial: how many; open loop: instead of a duration. */
  requests?: number;
  /** Requests per second. */
  rate?: number;
  rampTo?: number;
  /** Seconds. */
  duration?: number;
  warmUp?: number;
  /** Result of an earlier run (JSON). */
  baseline?: string;
  failOnRegression?: boolean;
  /** Percent that a figure may be worse; default 5. */
  tolerance?: number;
  /** Writes the result there, too: .json, .csv, .md, .xml (JUnit). */
  out?: string;
}

/** `aos bench` */
export async function bench(options: BenchOptions): Promise<void> {
  const { url, token, ready } = await benchTarget(options);
  const before = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
  const format = options.out === undefined ? undefined : formatOf(options.out);
  const result = await runBenchmark({
    ...{ url, token, agentId: options.agent, signal: stopSignal() },
    scenarios: scenariosOf(options),
    load: loadOf(options),
    operations: ready && serviceOperations(ready),
    commit: await commitOf(ready?.folder ?? process.cwd()),
    onProgress: ({ scenario, done, planned, errors }) =>
      showProgress(`${scenario}: ${done} of ${planned}${errors > 0 ? `, ${errors} failed` : ''}`),
  });
  showProgress('');
  if (options.out !== undefined && format) await writeFile(options.out, renderReport(result, format));
  const comparison =
    before &&
    compareRuns(before, result, {
      random: seededRandom(randomInt(2 ** 32)),
      tolerance: (options.tolerance ?? 5) / 100,
    });
  print(options, comparison ? { ...result, comparison } : result, () => [
    ...resultLines(result),
    ...(comparison ? comparisonLines(comparison) : []),
  ]);
  const incomplete = result.measurements.length === 0 || result.measurements.some(({ state }) => state !== 'complete');
  const regressed = options.failOnRegression && comparison?.changes.some(isRegression);
  if (incomplete || regressed) process.exitCode = 1;
}

/** @throws AosError AOS_BAD_REQUEST for another extension */
export function formatOf(file: string): ReportFormat {
  const extension = path.extname(file).slice(1).toLowerCase();
  const format = (['json', 'csv', 'md', 'xml'] as const).find((one) => one === extension);
  if (format) return format;
  throw new AosError(
    'AOS_BAD_REQUEST',
    `${file} does not say what to write: end it in .json, .csv, .md or .xml (JUnit).`,
  );
}

function scenariosOf({ scenario, serial }: BenchOptions): ScenarioId[] | undefined {
  if (!scenario || scenario.length === 0) return serial ? ['inference-uncached'] : undefined;
  return scenario.map((name) => {
    const known = scenarioSchema.safeParse(name);
    if (known.success) return known.data;
    throw new AosError(
      'AOS_BAD_REQUEST',
      `There is no scenario ${name}. There are ${scenarioSchema.options.join(', ')}.`,
    );
  });
}

function loadOf({ serial, requests, rate, rampTo, duration, warmUp }: BenchOptions): LoadChoice {
  if (serial) return { mode: 'serial', requests };
  if (requests !== undefined && rate === undefined) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      '--requests needs --rate (requests per second), or --serial for one after the other.',
    );
  }
  const fromRequests = requests === undefined ? undefined : requests / ((Number(rate) + (rampTo ?? Number(rate))) / 2);
  return { mode: 'open', ratePerS: rate, rampToPerS: rampTo, durationS: duration ?? fromRequests, warmUpS: warmUp };
}

async function readBaseline(file: string): Promise<BenchmarkResult> {
  const result: Result = parseResult(await readFile(file, 'utf8'));
  if (result.kind === 'benchmark') return result;
  throw new AosError('AOS_BAD_REQUEST', `${file} is the result of a load test; a baseline comes from aos bench.`);
}

/** @returns null where there is no repository, or no git */
async function commitOf(folder: string): Promise<string | null> {
  return promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: folder }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

function resultLines({ target, conditions, measurements, baseline, notes }: BenchmarkResult): string[] {
  const { engine, model, infrastructure, replicas } = conditions;
  return [
    `${target} · engine ${engine} (${model}) · ${replicas} replicas · ${infrastructure}`,
    '',
    ...measurements.flatMap(({ scenario, guide_report, reason, requests, errors, throughput_per_s, latency }) => [
      `${scenario}: ${requests} requests, ${errors} errors, ${figure(throughput_per_s)}/s${reason ? ` · ${reason}` : ''}`,
      ...(latency
        ? [
            `  p50 ${figure(latency.p50.value)} · p95 ${figure(latency.p95.value)} · p99 ${figure(latency.p99.value)} · p99.9 ${figure(latency.p99_9.value)} · max ${figure(latency.max_ms)} ms`,
          ]
        : []),
      ...(guide_report ? [guide_report] : []),
    ]),
    '',
    ...baseline.map(({ metric, target: wanted, measured, verdict, note }) => {
      const value = measured ? `${figure(measured.value)} ms` : '-';
      const why = verdict === 'not_judged' || verdict === 'not_measured' ? ` (${note})` : '';
      return `${metric.padEnd(32)} ${wanted.padEnd(18)} ${value.padEnd(10)} ${words[verdict]}${why}`;
    }),
    '',
    ...notes,
  ];
}

function comparisonLines({ changes, differences }: Comparison): string[] {
  const percent = (share: number) => `${share < 0 ? '−' : '+'}${formatPercent(Math.abs(share), { decimals: 1 })}`;
  return [
    '',
    'Beside the baseline (95 % interval of the change):',
    ...changes.map(
      ({ scenario, statistic, before, after, change, reading }) =>
        `${scenario} ${statistic}: ${figure(before)} → ${figure(after)} ms, ${percent(change.value)} (${percent(change.low)} to ${percent(change.high)}): ${reading}`,
    ),
    ...differences.map((difference) => `differs: ${difference}`),
  ];
}
