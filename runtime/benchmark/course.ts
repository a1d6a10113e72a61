import type { LoadMode, ScenarioId } from '../contracts/benchmark.ts';
import type { MeasuringProgress } from '../contracts/benchmark-process.ts';
import type { Clock } from '../core/clock.ts';
import type { Punctuality } from './punctuality.ts';
import type { QueueLength } from './queue-length.ts';
import type { Recorder } from './recorder.ts';

export type BenchmarkProgress = Extract<MeasuringProgress, { kind: 'benchmark' }>;
/** Of one measurement; whoever runs several adds which one it is. */
export type MeasureProgress = Omit<BenchmarkProgress, 'kind' | 'index' | 'count'>;

export interface CourseOptions {
  scenario: ScenarioId;
  load: LoadMode;
  /** Requests that count. */
  planned: number;
  recorder: Recorder;
  /** Null in serial mode, which keeps no schedule. */
  punctuality: Punctuality | null;
  /** Null in serial mode, where one at a time is on its way. */
  queue: QueueLength | null;
  clock: Clock;
}

/** How far a measurement has come: the check of the generator, the warm-up, measuring. */
export class Course {
  readonly #options: CourseOptions;
  readonly #begunAt: number;
  #measuredFrom = Number.POSITIVE_INFINITY;
  #windowsTold = 0;

  constructor(options: CourseOptions) {
    this.#options = options;
    this.#begunAt = options.clock.monotonic();
  }

  /** The check is over. @param at when requests begin to count, ms of the clock's `monotonic`; until then it warms up */
  measureFrom(at: number): void {
    this.#measuredFrom = at;
  }

  /** Where it stands; of the windows those that have ended since the last report. */
  report(): MeasureProgress {
    const { scenario, planned, recorder, punctuality, queue, clock } = this.#options;
    const sinceStart = clock.monotonic() - this.#measuredFrom;
    const windows = recorder.windowsUntil(sinceStart).slice(this.#windowsTold);
    this.#windowsTold += windows.length;
    const { requests: done, errors, errorsByCode: errors_by_code, windowS: window_s, soFar: so_far } = recorder;
    return {
      ...{ scenario, planned, done, errors, errors_by_code, window_s, windows, so_far },
      ...this.#phase(sinceStart / 1000, done),
      late_share: punctuality?.lateShare ?? null,
      waiting: queue?.length ?? null,
      histogram: recorder.histogram.toData(),
    };
  }

  #phase(sinceStartS: number, done: number): Pick<MeasureProgress, 'phase' | 'elapsed_s' | 'remaining_s'> {
    const { load, planned, clock } = this.#options;
    if (sinceStartS === Number.NEGATIVE_INFINITY) {
      return { phase: 'check', elapsed_s: (clock.monotonic() - this.#begunAt) / 1000, remaining_s: null };
    }
    if (load.mode === 'serial') {
      const remaining_s = done === 0 ? null : (sinceStartS / done) * (planned - done);
      return { phase: 'measure', elapsed_s: sinceStartS, remaining_s };
    }
    if (sinceStartS < 0) {
      return { phase: 'warm_up', elapsed_s: load.warm_up_s + sinceStartS, remaining_s: -sinceStartS };
    }
    return { phase: 'measure', elapsed_s: sinceStartS, remaining_s: Math.max(0, load.duration_s - sinceStartS) };
  }
}
