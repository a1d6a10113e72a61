import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assertComparable } from '../benchmark/compare.ts';
import type { BenchmarkProgress } from '../benchmark/course.ts';
import { type ReportFormat, renderReport, words } from '../benchmark/report.ts';
import { type BenchmarkResult, type ScenarioId, scenarioSchema } from '../contracts/benchmark.ts';
import type { LoadChoice } from '../contracts/benchmark-process.ts';
import { formatFigure } from '../contracts/figures.ts';
import { statusSchema } from '../contracts/http.ts';
import { AosError } from '../core/errors.ts';
import { compareBenchmarks, comparisonLines, isRegression, readBaseline } from './bench-history.ts';
import { benchTarget, keepUnlessTold, showProgress, stopSignal } from './bench-target.ts';
import { type BenchmarkJob, isComplete, measureBenchmark } from './measure-job.ts';
import { call, print, type TalkOptions } from './talk.ts';

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
  /** An earlier run: a file (JSON), or the id or number of one that the runtime keeps. */
  baseline?: string;
  failOnRegression?: boolean;
  /** Percent that a figure may be worse; default 5. */
  tolerance?: number;
  /** Writes the result there, too: .json, .csv, .md, .xml (JUnit). */
  out?: string;
  /** False: the result is not kept by the runtime. */
  keep: boolean;
}

/** `aos bench` */
export async function bench(options: BenchOptions): Promise<void> {
  const format = options.out === undefined ? undefined : formatOf(options.out);
  const [scenarios, load] = [scenariosOf(options), loadOf(options)];
  const { url, token, ready } = await benchTarget(options);
  const before = await baselineOf(options);
  const job: BenchmarkJob = {
    kind: 'benchmark',
    target: { url, token },
    services: ready ? { serviceBus: ready.serviceBus, storage: ready.storage } : null,
    folder: ready?.folder ?? process.cwd(),
    scenarios,
    agent_id: options.agent ?? null,
    load,
  };
  const onProgress = (progress: BenchmarkProgress) => showProgress(progressLine(progress));
  const result = await measureBenchmark(job, { onProgress, signal: stopSignal() });
  showProgress('');
  await keepUnlessTold(options, result, job);
  const comparison = before && compareBenchmarks(before, result, { tolerance: (options.tolerance ?? 5) / 100 });
  print(options, comparison ? { ...result, comparison } : result, () => [
    ...resultLines(result, scenarios),
    ...(comparison ? ['', 'Beside the baseline:', ...comparisonLines(comparison)] : []),
  ]);
  const regressed = options.failOnRegression && comparison && isRegression(comparison);
  if (!isComplete(result) || regressed) process.exitCode = 1;
  // Last: a file that cannot be written takes nothing else with it.
  if (options.out !== undefined && format) await writeFile(options.out, renderReport(result, format));
}

/** Read, and found fit to compare, before minutes are spent on measuring. */
async function baselineOf({
  baseline,
  failOnRegression,
  ...target
}: BenchOptions): Promise<BenchmarkResult | undefined> {
  if (baseline === undefined) {
    if (!failOnRegression) return undefined;
    throw new AosError(
      'AOS_BAD_REQUEST',
      '--fail-on-regression needs --baseline: an earlier run to hold this one against.',
    );
  }
  const before = await readBaseline(baseline, target);
  assertComparable(before.conditions, await call(target, 'GET', '/api/status', statusSchema));
  return before;
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

function scenariosOf({ scenario, serial }: BenchOptions): ScenarioId[] | null {
  if (!scenario || scenario.length === 0) return serial ? ['inference-uncached'] : null;
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
  if (serial) {
    const idle = Object.entries({ '--rate': rate, '--ramp-to': rampTo, '--duration': duration, '--warm-up': warmUp });
    const [option] = idle.find(([, value]) => value !== undefined) ?? [];
    if (option === undefined) return { mode: 'serial', requests };
    throw new AosError('AOS_BAD_REQUEST', `--serial keeps no schedule: leave out ${option}, or --serial.`);
  }
  if (requests !== undefined && (rate === undefined || duration !== undefined)) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      '--requests needs --rate (requests per second) and no --duration, or --serial for one after the other.',
    );
  }
  const fromRequests = requests === undefined ? undefined : requests / ((Number(rate) + (rampTo ?? Number(rate))) / 2);
  return {
    mode: 'open',
    rate_per_s: rate,
    ramp_to_per_s: rampTo,
    duration_s: duration ?? fromRequests,
    warm_up_s: warmUp,
  };
}

function progressLine({ scenario, phase, done, planned, errors }: BenchmarkProgress): string {
  if (phase !== 'measure') return `${scenario}: ${phase === 'check' ? 'is this machine quick enough?' : 'warming up'}`;
  return `${scenario}: ${done} of ${planned}${errors > 0 ? `, ${errors} failed` : ''}`;
}

/** @param scenarios that were asked for; null: all */
function resultLines(result: BenchmarkResult, scenarios: ScenarioId[] | null): string[] {
  const { target, conditions, measurements, baseline, claims, notes } = result;
  const { engine, model, infrastructure, replicas } = conditions;
  return [
    `${target} · engine ${engine} (${model}) · ${replicas} replicas · ${infrastructure}`,
    '',
    ...measurements.flatMap(({ scenario, guide_report, reason, requests, errors, throughput_per_s, latency }) => [
      `${scenario}: ${requests} requests, ${errors} errors, ${formatFigure(throughput_per_s)}/s${reason ? ` · ${reason}` : ''}`,
      ...(latency
        ? [
            `  p50 ${formatFigure(latency.p50.value)} · p95 ${formatFigure(latency.p95.value)} · p99 ${formatFigure(latency.p99.value)} · p99.9 ${formatFigure(latency.p99_9.value)} · max ${formatFigure(latency.max_ms)} ms`,
          ]
        : []),
      ...(guide_report ? [guide_report] : []),
    ]),
    '',
    ...baseline
      .filter(({ scenario }) => scenarios?.includes(scenario) ?? true)
      .map(({ metric, target: wanted, measured, verdict, note }) => {
        const value = measured ? `${formatFigure(measured.value)} ms` : '-';
        // Why something is not judged stands above, at its figures, or below, in the notes.
        const why = verdict === 'not_measured' ? ` (${note})` : '';
        return `${metric.padEnd(32)} ${wanted.padEnd(18)} ${value.padEnd(10)} ${words[verdict]}${why}`;
      }),
    ...claims.map(({ claim, guide, measured, unit, note }) => {
      const value = measured === null ? '-' : `${formatFigure(measured)} ${unit}`;
      return `${claim.padEnd(34)} ${guide.padEnd(16)} ${value.padEnd(10)} ${note}`;
    }),
    '',
    ...notes,
  ];
}
