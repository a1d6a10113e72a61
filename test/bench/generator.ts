import { Histogram } from '../../runtime/benchmark/histogram.ts';
import { selfCheck } from '../../runtime/benchmark/self-check.ts';
import { type Figure, interleave, median, ms, timed } from './support/figures.ts';

const ROUNDS = 5;
const RATE_PER_S = 5000;
const RECORDED = 1_000_000;

/** The load generator: whether it keeps its schedule against a stub on loopback, and what recording a latency costs. */
export async function benchGenerator(): Promise<Figure[]> {
  const errors: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const kept = await selfCheck({ ratePerS: RATE_PER_S, signal: AbortSignal.timeout(30_000) });
    errors.push(kept.schedule_error_p99_ms);
    rates.push(kept.kept_rate_per_s);
  }
  const values = Float64Array.from({ length: 1024 }, (_, i) => 0.05 * 1.01 ** i);
  const histogram = new Histogram();
  const kept: number[] = [];
  const each = (record: (value: number) => unknown) =>
    timed(1, async () => {
      for (let i = 0; i < RECORDED; i++) record(values[i & 1023]!);
    });
  const samples = await interleave(ROUNDS, {
    histogram: () => each((value) => histogram.record(value)),
    array: async () => {
      kept.length = 0;
      return each((value) => kept.push(value));
    },
  });
  const ns = (rounds: readonly number[][]) => (median(rounds.flat()) / RECORDED) * 1e6;
  const [ours, peer] = [ns(samples.histogram), ns(samples.array)];
  const schedule = median(errors);
  return [
    {
      name: `schedule error at ${RATE_PER_S} requests/s to a stub, p99`,
      ours: `${ms(schedule)}, ${median(rates).toFixed(0)}/s kept`,
      peer: 'at most 1 ms',
      ratio: schedule,
    },
    {
      name: 'one latency recorded',
      ours: `${ours.toFixed(1)} ns`,
      peer: `pushed into an array ${peer.toFixed(1)} ns`,
      ratio: ours / peer,
    },
  ];
}
