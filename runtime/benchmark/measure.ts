import type { GeneratorReport, LoadMode, Measurement, MeasureWindow, ScenarioId } from '../contracts/benchmark.ts';
import type { Clock } from '../core/clock.ts';
import { arrivals } from './arrivals.ts';
import { runClosedLoop } from './closed-loop.ts';
import { guideReport } from './guide-report.ts';
import { runOpenLoop } from './open-loop.ts';
import type { Operation } from './operation.ts';
import { Recorder, windowSecondsFor } from './recorder.ts';
import { endOf, everyHalfSecond } from './run.ts';
import { type selfCheck, spoilt } from './self-check.ts';

export interface BenchmarkProgress {
  scenario: ScenarioId;
  /** Of the requests that count. */
  done: number;
  planned: number;
  errors: number;
  elapsedS: number;
  latest: MeasureWindow | null;
}

export interface MeasureOptions {
  scenario: ScenarioId;
  load: LoadMode;
  operation: Operation;
  how: string;
  check: typeof selfCheck;
  onProgress?: (progress: BenchmarkProgress) => void;
  clock: Clock;
  signal: AbortSignal;
}

/** Runs one operation under one load. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  return options.load.mode === 'open' ? measureOpen(options, options.load) : measureSerial(options, options.load);
}

async function measureOpen(options: MeasureOptions, load: Extract<LoadMode, { mode: 'open' }>): Promise<Measurement> {
  const { operation, check, clock, signal } = options;
  const { rate_per_s: ratePerS, ramp_to_per_s: ramp, duration_s, warm_up_s } = load;
  const highest = Math.max(ratePerS, ramp ?? 0);
  const recorder = new Recorder({ windowS: windowSecondsFor(highest) });
  const tried = await check({ ratePerS: highest, clock, signal }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  const refusal = tried && spoilt(tried, highest);
  if (!tried || refusal) return resultOf(options, recorder, 0, tried, refusal);

  const warmUpMs = warm_up_s * 1000;
  const start = clock.monotonic() + warmUpMs;
  const planned = arrivals({ ratePerS, rampToPerS: ramp ?? undefined, durationMs: duration_s * 1000 });
  using _progress = reportProgress(options, recorder, planned.count, start);
  const warmed = arrivals({ ratePerS, durationMs: warmUpMs });
  const generator = await runOpenLoop({
    arrivals: {
      count: warmed.count + planned.count,
      dueMs: (i) => (i < warmed.count ? warmed.dueMs(i) : warmUpMs + planned.dueMs(i - warmed.count)),
    },
    warmUpMs,
    operation,
    recorder,
    clock,
    signal,
  });
  // Answers may come after the last request was sent, and belong to its time.
  const seconds = Math.max(0, (clock.monotonic() - start) / 1000);
  return resultOf(options, recorder, seconds, generator, spoilt(generator, highest));
}

async function measureSerial(
  options: MeasureOptions,
  load: Extract<LoadMode, { mode: 'serial' }>,
): Promise<Measurement> {
  const { operation, clock, signal } = options;
  const recorder = new Recorder();
  const latencies: number[] = [];
  const start = clock.monotonic();
  using _progress = reportProgress(options, recorder, load.requests, start);
  await runClosedLoop({
    operation,
    recorder,
    workers: 1,
    requests: load.requests,
    onLatency: (ms) => latencies.push(ms),
    clock,
    signal,
  });
  const measurement = resultOf(options, recorder, (clock.monotonic() - start) / 1000, null, null);
  return { ...measurement, guide_report: latencies.length > 0 ? guideReport(latencies) : null };
}

function reportProgress(
  { scenario, onProgress, clock }: MeasureOptions,
  recorder: Recorder,
  planned: number,
  start: number,
): Disposable {
  return everyHalfSecond(() => {
    const elapsedS = (clock.monotonic() - start) / 1000;
    const { requests: done, errors, latestWindow: latest } = recorder;
    onProgress?.({ scenario, done, planned, errors, elapsedS, latest });
  }, clock);
}

function resultOf(
  { scenario, load, how, signal }: MeasureOptions,
  recorder: Recorder,
  seconds: number,
  generator: GeneratorReport | null,
  refusal: string | null,
): Measurement {
  const end = endOf([recorder], signal);
  return {
    scenario,
    load,
    ...(refusal && end.state === 'complete' ? { state: 'refused', reason: refusal } : end),
    ...recorder.figures(seconds),
    generator,
    guide_report: null,
    how,
  };
}
