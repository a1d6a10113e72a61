import type { Measurement, MeasureWindow, Percentiles } from '../contracts/benchmark.ts';
import { Histogram } from './histogram.ts';
import { type Answer, failureCode } from './operation.ts';
import { summarise } from './statistics.ts';

/** After so many failed connections in a row, with no answer between them, nobody is there any more, */
const GONE_AFTER = 20;
/** nor after a few that took such a time, for a client that tries again by itself fails slowly; nor after a few at the end. */
const FEW = 3;
const GONE_AFTER_MS = 5000;
const WINDOWS_S = [1, 2, 5, 10] as const;
const MIN_PER_WINDOW = 100;

/** The shortest window that holds a hundred requests at this rate. */
export const windowSecondsFor = (ratePerS: number): number =>
  WINDOWS_S.find((seconds) => seconds * ratePerS >= MIN_PER_WINDOW) ?? WINDOWS_S.at(-1)!;

/** Counts what happens in a run; constant memory, whatever its length. */
export class Recorder {
  readonly #histogram = new Histogram();
  readonly #firstToken = new Histogram();
  readonly #outsideModel = new Histogram();
  readonly #errorsByCode: Record<string, number> = {};
  readonly #windows: MeasureWindow[] = [];
  readonly #timesFailures: boolean;
  readonly windowS: number;
  #window = { index: 0, errors: 0, histogram: new Histogram() };
  #errors = 0;
  /** Failed connections since the last answer. */
  #unreachable = { count: 0, sinceMs: 0, lastMs: 0 };
  #cache: { exact: number; semantic: number; none: number } | null = null;
  #tokens = 0;

  /** @param options.timesFailures whether the times of failed requests count too; default false */
  constructor(options: { windowS?: number; timesFailures?: boolean } = {}) {
    this.windowS = options.windowS ?? 1;
    this.#timesFailures = options.timesFailures ?? false;
  }

  get requests(): number {
    return this.answered + this.#errors;
  }

  get answered(): number {
    return this.#timesFailures ? this.#histogram.count - this.#errors : this.#histogram.count;
  }

  get errors(): number {
    return this.#errors;
  }

  get errorsByCode(): Record<string, number> {
    return { ...this.#errorsByCode };
  }

  get histogram(): Histogram {
    return this.#histogram;
  }

  /** Whether the target seems to have ended. */
  get targetGone(): boolean {
    const { count, sinceMs, lastMs } = this.#unreachable;
    return count >= GONE_AFTER || (count >= FEW && lastMs - sinceMs >= GONE_AFTER_MS);
  }

  /** The same, once the run is over. */
  get targetGoneAtEnd(): boolean {
    return this.#unreachable.count >= FEW;
  }

  /** The windows that have ended, with the silent ones. @param atMs now, in milliseconds after the start of measuring */
  windowsUntil(atMs: number): readonly MeasureWindow[] {
    this.#moveTo(atMs);
    return this.#windows;
  }

  /** Of all until now; null before the first answer. */
  get soFar(): Percentiles | null {
    return percentilesOf(this.#histogram);
  }

  /** @param atMs when it came, milliseconds after the start of measuring; rising from call to call */
  answer(atMs: number, latencyMs: number, { firstTokenMs, modelMs, cached, tokens = 0 }: Answer): void {
    this.#unreachable.count = 0;
    this.#time(atMs, latencyMs);
    if (firstTokenMs !== undefined) this.#firstToken.record(firstTokenMs);
    // Two clocks were read: what is outside is never less than nothing.
    if (modelMs !== undefined) this.#outsideModel.record(Math.max(0, latencyMs - modelMs));
    if (cached === undefined) return;
    this.#cache ??= { exact: 0, semantic: 0, none: 0 };
    this.#cache[cached || 'none']++;
    this.#tokens += tokens;
  }

  failure(atMs: number, latencyMs: number, error: unknown): void {
    const code = failureCode(error);
    this.#countUnreachable(atMs, code === 'AOS_NOT_RUNNING');
    this.#errors++;
    this.#errorsByCode[code] = (this.#errorsByCode[code] ?? 0) + 1;
    this.#moveTo(atMs);
    this.#window.errors++;
    if (this.#timesFailures) this.#time(atMs, latencyMs);
  }

  /** @param seconds that were measured */
  figures(
    seconds: number,
  ): Pick<
    Measurement,
    | 'requests'
    | 'errors'
    | 'errors_by_code'
    | 'seconds'
    | 'throughput_per_s'
    | 'latency'
    | 'histogram'
    | 'window_s'
    | 'windows'
    | 'cache'
    | 'tokens_per_s'
    | 'first_token'
    | 'outside_model'
  > {
    if (this.#window.errors > 0 || this.#window.histogram.count > 0) this.#close();
    return {
      requests: this.requests,
      errors: this.#errors,
      errors_by_code: this.errorsByCode,
      seconds,
      throughput_per_s: seconds > 0 ? this.answered / seconds : 0,
      latency: summarise(this.#histogram),
      histogram: this.#histogram.toData(),
      window_s: this.windowS,
      windows: this.#windows,
      cache: this.#cache,
      tokens_per_s: this.#cache && seconds > 0 ? this.#tokens / seconds : null,
      first_token: percentilesOf(this.#firstToken),
      outside_model: percentilesOf(this.#outsideModel),
    };
  }

  #countUnreachable(atMs: number, unreachable: boolean): void {
    const { count, sinceMs } = this.#unreachable;
    if (!unreachable) this.#unreachable.count = 0;
    else this.#unreachable = { count: count + 1, sinceMs: count === 0 ? atMs : sinceMs, lastMs: atMs };
  }

  #time(atMs: number, latencyMs: number): void {
    this.#histogram.record(latencyMs);
    this.#moveTo(atMs);
    this.#window.histogram.record(latencyMs);
  }

  /** Windows without a request are kept: a silence of the target shows. */
  #moveTo(atMs: number): void {
    const index = Math.floor(Math.max(0, atMs) / 1000 / this.windowS);
    while (this.#window.index < index) this.#close();
  }

  #close(): void {
    const { index, errors, histogram } = this.#window;
    const figures = threePercentiles(histogram);
    const known = (ms: number) => (Number.isNaN(ms) ? null : ms);
    this.#windows.push({
      start_s: index * this.windowS,
      done: this.#timesFailures ? histogram.count - errors : histogram.count,
      errors,
      p50_ms: known(figures.p50_ms),
      p95_ms: known(figures.p95_ms),
      p99_ms: known(figures.p99_ms),
    });
    this.#window = { index: index + 1, errors: 0, histogram: new Histogram() };
  }
}

const percentilesOf = (histogram: Histogram) => (histogram.count === 0 ? null : threePercentiles(histogram));

const threePercentiles = (histogram: Histogram): Percentiles => ({
  p50_ms: histogram.percentile(0.5),
  p95_ms: histogram.percentile(0.95),
  p99_ms: histogram.percentile(0.99),
});
