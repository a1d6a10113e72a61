import type { InferResponse, UsageStats } from '../contracts/http.ts';
import { LatencyHistogram } from '../telemetry/latency-histogram.ts';

const COUNTS = [
  'requests',
  'errors',
  'cache_exact',
  'cache_semantic',
  'cache_misses',
  'tokens_in',
  'tokens_out',
] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

/** What was asked of one agent, and how fast it answered. Replicas count for themselves; the sum is the truth. */
export class AgentUsage {
  readonly #counts: Counts;
  #latency: LatencyHistogram;

  constructor(counts: Counts = emptyCounts(), latency = new LatencyHistogram()) {
    this.#counts = counts;
    this.#latency = latency;
  }

  static parse(text: string): AgentUsage {
    const { latency, ...counts } = JSON.parse(text) as Counts & { latency: string };
    return new AgentUsage({ ...emptyCounts(), ...counts }, LatencyHistogram.parse(latency));
  }

  static sum(parts: Iterable<AgentUsage>): AgentUsage {
    const counts = emptyCounts();
    const histograms: LatencyHistogram[] = [];
    for (const part of parts) {
      for (const name of COUNTS) counts[name] += part.#counts[name];
      histograms.push(part.#latency);
    }
    return new AgentUsage(counts, LatencyHistogram.merge(histograms));
  }

  recordAnswer(answer: Pick<InferResponse, 'cached' | 'latency_ms' | 'usage'>): void {
    this.#counts.requests++;
    this.#counts[
      answer.cached === 'exact' ? 'cache_exact' : answer.cached === 'semantic' ? 'cache_semantic' : 'cache_misses'
    ]++;
    this.#counts.tokens_in += answer.usage.prompt_tokens;
    this.#counts.tokens_out += answer.usage.completion_tokens;
    this.#latency.record(answer.latency_ms);
  }

  recordError(): void {
    this.#counts.requests++;
    this.#counts.errors++;
  }

  view(): UsageStats {
    const quantile = (p: number) => (this.#latency.count === 0 ? null : this.#latency.quantile(p));
    return { ...this.#counts, p50_ms: quantile(0.5), p95_ms: quantile(0.95), p99_ms: quantile(0.99) };
  }

  toJSON(): string {
    return JSON.stringify({ ...this.#counts, latency: this.#latency.toJSON() });
  }
}

function emptyCounts(): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, 0])) as Counts;
}
