import type { GeneratorReport, LoadMode, Measurement, QueueReport, ScenarioId } from '../contracts/benchmark.ts';
import type { Clock } from '../core/clock.ts';
import { arrivals } from './arrivals.ts';
import { runClosedLoop } from './closed-loop.ts';
import { Course, type MeasureProgress } from './course.ts';
import { guideReport } from './guide-report.ts';
import { runOpenLoop } from './open-loop.ts';
import type { Operation } from './operation.ts';
import { Punctuality } from './punctuality.ts';
import { QueueLength } from './queue-length.ts';
import { Recorder, windowSecondsFor } from './recorder.ts';
import { endOf, everyHalfSecond } from './run.ts';
import { type selfCheck, spoilt } from './self-check.ts';

export interface MeasureOptions {
  scenario: ScenarioId;
  load: LoadMode;
  operation: Operation;
  how: string;
  check: typeof selfCheck;
  onProgress?: (progress: MeasureProgress) => void;
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
  const punctuality = new Punctuality();
  const queue = new QueueLength();
  const planned = arrivals({ ratePerS, rampToPerS: ramp ?? undefined, durationMs: duration_s * 1000 });
  const course = new Course({ ...options, load, planned: planned.count, recorder, punctuality, queue });
  using _progress = everyHalfSecond(() => options.onProgress?.(course.report()), clock);
  const tried = await check({ ratePerS: highest, clock, signal }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  const refusal = tried && spoilt(tried, highest);
  if (!tried || refusal) return resultOf(options, recorder, null, { generator: tried, refusal });

  const warmUpMs = warm_up_s * 1000;
  const start = clock.monotonic() + warmUpMs;
  course.measureFrom(start);
  const warmed = arrivals({ ratePerS, durationMs: warmUpMs });
  const generator = await runOpenLoop({
    arrivals: {
      count: warmed.count + planned.count,
      dueMs: (i) => (i < warmed.count ? warmed.dueMs(i) : warmUpMs + planned.dueMs(i - warmed.count)),
    },
    warmUpMs,
    operation,
    recorder,
    punctuality,
    queue,
    clock,
    signal,
  });
  // Answers may come after the last request was sent, and belong to its time.
  const measuredMs = Math.max(0, clock.monotonic() - start);
  const refused = spoilt(generator, highest);
  return resultOf(options, recorder, measuredMs, { generator, queue: queue.report(measuredMs), refusal: refused });
}

async function measureSerial(
  options: MeasureOptions,
  load: Extract<LoadMode, { mode: 'serial' }>,
): Promise<Measurement> {
  const { operation, clock, signal } = options;
  const recorder = new Recorder();
  const latencies: number[] = [];
  const start = clock.monotonic();
  const course = new Course({ ...options, load, planned: load.requests, recorder, punctuality: null, queue: null });
  course.measureFrom(start);
  using _progress = everyHalfSecond(() => options.onProgress?.(course.report()), clock);
  await runClosedLoop({
    operation,
    recorder,
    workers: 1,
    requests: load.requests,
    onLatency: (ms) => latencies.push(ms),
    clock,
    signal,
  });
  const measurement = resultOf(options, recorder, clock.monotonic() - start);
  return { ...measurement, guide_report: latencies.length > 0 ? guideReport(latencies) : null };
}

/** @param measuredMs until now; null: it did not come to that */
function resultOf(
  { scenario, load, how, clock, signal }: MeasureOptions,
  recorder: Recorder,
  measuredMs: number | null,
  open: { generator?: GeneratorReport | null; queue?: QueueReport | null; refusal?: string | null } = {},
): Measurement {
  const { generator = null, queue = null, refusal = null } = open;
  const end = endOf([recorder], signal);
  return {
    scenario,
    started_at: measuredMs === null ? null : new Date(clock.now() - measuredMs).toISOString(),
    load,
    ...(refusal && end.state === 'complete' ? { state: 'refused', reason: refusal } : end),
    ...recorder.figures((measuredMs ?? 0) / 1000),
    generator,
    queue,
    guide_report: null,
    how,
  };
}
