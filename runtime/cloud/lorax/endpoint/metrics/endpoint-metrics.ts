import type { LoraxErrorType } from '../../../../contracts/lorax.ts';
import type { AdapterEntry, AdapterRef, BatchRun, Engine } from '../../engine.ts';
import type { Generation } from '../generation.ts';
import type { Timings } from '../headers.ts';
import type { GenerationPlan } from '../validation.ts';
import { Counter, gauge, Histogram, type Labels, type Metric } from './metric.ts';

/** LoRAX's buckets (router/src/server.rs): 35 durations in seconds from 0.00015, each half as long again. */
const DURATION_BUCKETS = Array.from({ length: 35 }, (_, n) => 0.00015 * 1.5 ** n);
const BATCH_SIZE_BUCKETS = Array.from({ length: 1024 }, (_, n) => n + 1);
/** LoRAX's own name of the base model where an adapter is wanted. */
const BASE_MODEL = '__base_model__';

/** What LoRAX calls its errors in `lorax_request_failure{err}`. */
const errorLabels: Partial<Record<LoraxErrorType | 'dropped', string>> = {
  incomplete_generation: 'incomplete',
  template_error: 'template',
  invalid_input: 'bad_request',
};

/** LoRAX's metrics under LoRAX's names, and our own per adapter, which LoRAX lacks. */
export class EndpointMetrics {
  readonly #engine: Engine;
  readonly #count = new Counter('lorax_request_count');
  readonly #success = new Counter('lorax_request_success');
  readonly #failure = new Counter('lorax_request_failure');
  readonly #duration = new Histogram('lorax_request_duration', DURATION_BUCKETS);
  readonly #validation = new Histogram('lorax_request_validation_duration', DURATION_BUCKETS);
  readonly #queue = new Histogram('lorax_request_queue_duration', DURATION_BUCKETS);
  readonly #inference = new Histogram('lorax_request_inference_duration', DURATION_BUCKETS);
  readonly #perToken = new Histogram('lorax_request_mean_time_per_token_duration', DURATION_BUCKETS);
  readonly #skippedTokens = new Histogram('lorax_request_skipped_tokens');
  readonly #inputCount = new Histogram('lorax_request_input_count');
  readonly #inputLength: Histogram;
  readonly #maxNewTokens: Histogram;
  readonly #generatedTokens: Histogram;
  readonly #batchCount = new Counter('lorax_batch_inference_count');
  readonly #batchSuccess = new Counter('lorax_batch_inference_success');
  readonly #batchDuration = new Histogram('lorax_batch_inference_duration', DURATION_BUCKETS);
  readonly #batchSize = new Histogram('lorax_batch_next_size', BATCH_SIZE_BUCKETS);
  readonly #adapterRequests = new Counter('aos_adapter_requests_total');
  readonly #adapterFailures = new Counter('aos_adapter_failures_total');
  readonly #adapterTokens = new Counter('aos_adapter_generated_tokens_total');
  readonly #adapterDuration = new Histogram('aos_adapter_request_duration_seconds');

  constructor(engine: Engine) {
    this.#engine = engine;
    const { max_input_length, max_total_tokens } = engine.info();
    this.#inputLength = new Histogram('lorax_request_input_length', hundredUpTo(max_input_length));
    this.#maxNewTokens = new Histogram('lorax_request_max_new_tokens', hundredUpTo(max_total_tokens));
    this.#generatedTokens = new Histogram('lorax_request_generated_tokens', hundredUpTo(max_total_tokens));
    engine.onBatch?.((run) => this.#batch(run));
  }

  arrived(inputs = 1): void {
    this.#count.add();
    this.#inputCount.record(inputs);
  }

  planned({ engineRequest: { prompt, maxNewTokens } }: GenerationPlan): void {
    this.#inputLength.record(prompt.length);
    this.#maxNewTokens.record(maxNewTokens);
  }

  generated(generation: Generation, { totalMs, validationMs }: Timings): void {
    const tokens = generation.tokens.length;
    this.#validation.record(seconds(validationMs));
    this.#queue.record(seconds(generation.queueMs));
    this.#inference.record(seconds(generation.inferenceMs));
    this.#perToken.record(seconds(generation.inferenceMs / Math.max(1, tokens)));
    this.#generatedTokens.record(tokens);
    this.#skippedTokens.record(0);
    const { adapters } = generation.plan.engineRequest;
    for (const labels of this.#labelsOf(adapters)) this.#adapterTokens.add(labels, tokens);
    this.succeeded(adapters, totalMs);
  }

  succeeded(adapters: readonly AdapterRef[], totalMs: number): void {
    this.#success.add();
    this.#duration.record(seconds(totalMs));
    for (const labels of this.#labelsOf(adapters)) {
      this.#adapterRequests.add(labels);
      this.#adapterDuration.record(seconds(totalMs), labels);
    }
  }

  /** `dropped`: the client went away. */
  failed(type: LoraxErrorType | 'dropped', adapters: readonly AdapterRef[]): void {
    const err = errorLabels[type] ?? type;
    this.#failure.add({ err });
    // Only of adapters that are there: names of adapters that never existed would fill the memory.
    const known = new Set(this.#engine.adapters().map(({ id }) => id));
    const there = adapters.every(({ id }) => known.has(id));
    if (there) for (const labels of this.#labelsOf(adapters)) this.#adapterFailures.add({ ...labels, err });
  }

  all(): Metric[] {
    const engine = this.#engine;
    const ofAdapters = (name: string, figure: (entry: AdapterEntry) => number) =>
      gauge(name, () =>
        engine.adapters().map((entry) => ({
          labels: { adapter: entry.id, engine: engine.name },
          value: figure(entry),
        })),
      );
    const { model_id, max_batch_total_tokens } = engine.info();
    const labels = { engine: engine.name, model_id, compute_type: engine.computeType };
    return [
      gauge('aos_endpoint_info', () => [{ labels, value: 1 }]),
      ...[this.#count, this.#success, this.#failure],
      gauge('lorax_queue_length', () => [{ value: engine.stats().waiting }]),
      gauge('lorax_batch_current_size', () => [{ value: engine.stats().running }]),
      gauge('lorax_batch_current_max_tokens', () =>
        max_batch_total_tokens === undefined ? [] : [{ value: max_batch_total_tokens }],
      ),
      ...[this.#duration, this.#validation, this.#queue, this.#inference, this.#perToken],
      ...[this.#inputCount, this.#inputLength, this.#maxNewTokens, this.#generatedTokens, this.#skippedTokens],
      ...[this.#batchCount, this.#batchSuccess, this.#batchDuration, this.#batchSize],
      ...[this.#adapterRequests, this.#adapterFailures, this.#adapterTokens, this.#adapterDuration],
      ofAdapters('aos_adapter_loaded', ({ loaded }) => Number(loaded)),
      ofAdapters('aos_adapter_pinned', ({ pinned }) => Number(pinned)),
      ofAdapters('aos_adapter_size_bytes', ({ size_bytes }) => size_bytes),
      ofAdapters('aos_adapter_memory_bytes', ({ memory_bytes }) => memory_bytes),
      ofAdapters('aos_adapter_loads_total', ({ load_count }) => load_count),
    ];
  }

  #batch({ method, size, durationMs }: BatchRun): void {
    this.#batchCount.add({ method });
    this.#batchSuccess.add({ method });
    this.#batchDuration.record(seconds(durationMs), { method });
    if (method === 'prefill') this.#batchSize.record(size);
  }

  #labelsOf(adapters: readonly AdapterRef[]): Labels[] {
    const ids = adapters.length > 0 ? adapters.map(({ id }) => id) : [BASE_MODEL];
    return ids.map((adapter) => ({ adapter, engine: this.#engine.name }));
  }
}

function hundredUpTo(limit: number): number[] {
  return Array.from({ length: 100 }, (_, n) => (limit / 100) * (n + 1));
}

function seconds(ms: number): number {
  return ms / 1000;
}
