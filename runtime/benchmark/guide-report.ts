import { guidePercentile, mean, median, sampleStdDev } from './statistics.ts';

/**
 * What the guide's `benchmark_agent_inference` prints (R60), by its own formulas (R61): percentiles are
 * `sorted[int(n * p)]`, the deviation is that of a sample.
 * @param latenciesMs of the requests that were answered, at least one
 */
export function guideReport(latenciesMs: readonly number[]): string {
  const ms = (value: number) => `${value.toFixed(2)}ms`;
  return [
    `Results for ${latenciesMs.length} requests:`,
    `  Mean: ${ms(mean(latenciesMs))}`,
    `  Median: ${ms(median(latenciesMs))}`,
    `  P95: ${ms(guidePercentile(latenciesMs, 0.95))}`,
    `  P99: ${ms(guidePercentile(latenciesMs, 0.99))}`,
    `  StdDev: ${ms(sampleStdDev(latenciesMs))}`,
  ].join('\n');
}
