import type { AnswerStore } from '../agents/answer-store.ts';
import type { Protect } from '../agents/asker.ts';
import type { Control } from '../agents/control-board.ts';
import type { AosConfig } from '../contracts/config.ts';
import type { Engine, ReplicaView } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import { isAosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Embedder } from '../inference/cache/embedder.ts';
import { lexicalEmbedder } from '../inference/cache/lexical-embedder.ts';
import { CachedInferenceEngine } from '../inference/cached-inference-engine.ts';
import { endpointStatusOf, isOverload, isSafeToAskAgain } from '../inference/endpoint-error.ts';
import type { LoRAXServer } from '../inference/lorax-server.ts';
import { AdaptiveLimit } from '../reliability/adaptive-limit.ts';
import { Bulkhead } from '../reliability/bulkhead.ts';
import { CircuitBreaker } from '../reliability/circuit-breaker.ts';
import { protect } from '../reliability/protect.ts';
import { Retry } from '../reliability/retry.ts';
import type { Meters } from '../telemetry/telemetry.ts';

/** Name of the breaker and the limit in front of the model endpoint. */
export const LORAX = 'lorax';

/** What stands between an agent's question and the model endpoint, in one replica. */
export interface InferenceParts {
  lanes: { critical: Bulkhead; normal: Bulkhead };
  protect: Protect;
  cache: CachedInferenceEngine;
  view(): Pick<ReplicaView, 'lanes' | 'breakers' | 'limits' | 'cache'>;
  carryOut(control: Control): void;
}

export interface InferenceOptions {
  config: AosConfig['runtime'];
  answers: AnswerStore;
  embedder: Embedder;
  meters: Meters;
  clock: Clock;
  logger: Logger;
}

export function createInference({
  config,
  answers,
  embedder,
  meters,
  clock,
  logger,
}: InferenceOptions): InferenceParts {
  const { bulkhead, breaker: opening, retry, adaptive_limit, cache: caching } = config;
  const breaker = new CircuitBreaker({
    name: LORAX,
    failureThreshold: opening.failure_threshold,
    recoveryTimeoutMs: opening.recovery_timeout_seconds * 1000,
    probes: opening.probes,
    isFailure: saysEndpointIsIll,
    clock,
  });
  breaker.onChanged(({ state, last_error }) => logger.warn(`the breaker of ${LORAX} is ${state}`, { last_error }));
  const lanes = {
    critical: new Bulkhead({ lane: 'critical', limit: bulkhead.critical, queue: bulkhead.queue }),
    normal: new Bulkhead({ lane: 'normal', limit: bulkhead.normal, queue: bulkhead.queue }),
  };
  const { min, max } = adaptive_limit;
  const limit = adaptive_limit.enabled ? new AdaptiveLimit({ name: LORAX, min, max, isOverload, clock }) : undefined;
  const cache = new CachedInferenceEngine({
    ttlMs: caching.ttl_seconds * 1000,
    ttlJitter: caching.ttl_jitter,
    maxEntries: caching.max_entries,
    mode: caching.mode,
    similarityThreshold: caching.similarity_threshold,
    shadowShare: caching.shadow_share,
    maxFalseHitRate: caching.max_false_hit_rate,
    embedder,
    shared: caching.shared ? answers : undefined,
    clock,
    logger,
    meters,
  });
  return {
    lanes,
    cache,
    protect: protect({
      retry: new Retry({
        ...{ attempts: retry.attempts, baseMs: retry.base_ms, maxMs: retry.max_ms },
        isSafe: isSafeToAskAgain,
        clock,
      }),
      limit,
      breaker,
    }),
    view: () => ({
      lanes: [lanes.critical.view(), lanes.normal.view()],
      breakers: [breaker.view()],
      limits: limit ? [limit.view()] : [],
      cache: cache.view(),
    }),
    carryOut(control) {
      if (control.subject === 'cache') cache.clear();
      else if (control.action === 'forget') cache.forget(control.subject.slice('answer.'.length));
      else if (control.subject === `breaker.${LORAX}`) control.action === 'open' ? breaker.open() : breaker.reset();
    },
  };
}

/** What answers at the endpoint. One that does not answer yet is asked again: an endpoint may come later than we. */
export class EndpointWatch {
  readonly #lorax: LoRAXServer;
  readonly #logger: Logger;
  #engine: Engine = 'remote';
  #model: string;
  #known = false;

  constructor({ lorax, logger }: { lorax: LoRAXServer; logger: Logger }) {
    this.#lorax = lorax;
    this.#logger = logger;
    this.#model = lorax.baseModel;
  }

  get engine(): Engine {
    return this.#engine;
  }

  get model(): string {
    return this.#model;
  }

  /** Whether the endpoint has ever answered. */
  get answered(): boolean {
    return this.#known;
  }

  /** Asks unless it is known. Never throws. */
  async look(): Promise<void> {
    if (this.#known) return;
    try {
      const { engine, model } = await this.#lorax.info({ signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
      this.#engine = engine;
      this.#model = model;
      this.#known = true;
    } catch (error) {
      this.#logger.warn('the model endpoint does not answer; prompts fail until it does', { error });
    }
  }
}

const LOOK_TIMEOUT_MS = 5000;

/** The embedder that aos.json names; the one without a model where the endpoint has no embeddings. */
export async function chooseEmbedder(
  choice: AosConfig['runtime']['cache']['embedder'],
  lorax: LoRAXServer,
  logger: Logger,
): Promise<Embedder> {
  if (choice === 'lexical') return lexicalEmbedder;
  try {
    const [probe] = await lorax.embed(['dimensions'], AbortSignal.timeout(LOOK_TIMEOUT_MS));
    const dimensions = probe?.length ?? 0;
    if (dimensions > 0) {
      return {
        id: `endpoint:${lorax.baseModel}:${dimensions}`,
        dimensions,
        embed: (texts, signal) => lorax.embed(texts, signal),
      };
    }
    logger.warn('the endpoint gives empty embeddings; similar prompts are found without a model');
  } catch (error) {
    logger.warn('the endpoint gives no embeddings; similar prompts are found without a model', { error });
  }
  return lexicalEmbedder;
}

/** A refusal is an answer: the endpoint works, and the next prompt may be a good one. A full one is the limit's business. */
const REFUSALS: readonly string[] = ['AOS_ADAPTER_NOT_FOUND', 'AOS_ADAPTER_REFUSED', 'AOS_BAD_REQUEST'];
const saysEndpointIsIll = (error: unknown) =>
  !(isAosError(error) && (REFUSALS.includes(error.code) || endpointStatusOf(error) === 429));
