import type { BenchmarkResult, Measurement, ScenarioId } from '../contracts/benchmark.ts';
import type { Measured } from '../contracts/capacity.ts';
import { AosError } from '../core/errors.ts';

/** An engine that keeps less of the asked rate than this is at its limit. */
const SATURATED_BELOW = 0.95;

/**
 * Figures of a benchmark that fill inputs of a plan: the mean answer of the model, since calls in flight are rate × mean
 * (Little's law); the share of calls that the cache spares; and tokens a second, only where the engine was at its limit:
 * below it they are what was asked, not what a GPU can do. An answer time beyond that limit is mostly waiting, and is left out.
 * @param run how people call the run; default its id
 * @throws AosError AOS_BAD_REQUEST: a simulated run, or one that measured nothing of use here
 */
export function measuredFromBenchmark(result: BenchmarkResult, run = result.id): Measured {
  if (result.conditions.engine === 'simulated') {
    throw new AosError('AOS_BAD_REQUEST', 'This run was simulated. Run the benchmark with a model first.');
  }
  const values = { ...modelValues(measurementOf(result, 'inference-uncached')), ...cacheValues(result) };
  if (Object.keys(values).length === 0) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      'This run measured nothing that a plan needs. Run the scenario Inference, uncached.',
    );
  }
  return { run, at: new Date(result.started_at).toISOString(), simulated: false, values };
}

function measurementOf({ measurements }: BenchmarkResult, scenario: ScenarioId): Measurement | undefined {
  return measurements.find((one) => one.scenario === scenario && one.state === 'complete');
}

function modelValues(measurement: Measurement | undefined): Measured['values'] {
  if (!measurement?.latency) return {};
  const { latency, tokens_per_s: tokens, throughput_per_s: answers } = measurement;
  if (!isSaturated(measurement)) return { answer_seconds: seconds(latency.mean) };
  if (!tokens || answers <= 0) return {};
  return { gpu_tokens_per_second: { value: tokens }, answer_tokens: { value: tokens / answers } };
}

const seconds = ({ value, low, high }: { value: number; low: number; high: number }) => ({
  value: value / 1000,
  low: low / 1000,
  high: high / 1000,
});

/** The generator kept its schedule, and the engine did not. */
function isSaturated({ load, throughput_per_s: answers, errors, generator }: Measurement): boolean {
  if (load.mode !== 'open' || load.ramp_to_per_s !== null || errors > 0 || !generator) return false;
  return answers < load.rate_per_s * SATURATED_BELOW && generator.kept_rate_per_s >= load.rate_per_s * SATURATED_BELOW;
}

/** Only the claim's own mix of prompts tells of a hit rate: the scenarios hit always or never. */
function cacheValues({ claims }: BenchmarkResult): Measured['values'] {
  const spared = claims.find(({ id }) => id === 'cache')?.measured ?? null;
  return spared === null ? {} : { hit_rate_percent: { value: Math.min(100, Math.max(0, spared)) } };
}
