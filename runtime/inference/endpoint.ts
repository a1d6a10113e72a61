import type { EndpointApi } from '../contracts/config.ts';
import type { Clock } from '../core/clock.ts';
import { isAosError } from '../core/errors.ts';
import type { Backend } from './backends/backend.ts';
import { detectApi } from './backends/detect.ts';
import { createLlamaCppBackend } from './backends/llamacpp.ts';
import { createLoraxBackend } from './backends/lorax.ts';
import { createOpenAiBackend } from './backends/openai.ts';
import { createSglangBackend } from './backends/sglang.ts';
import { createTgiBackend } from './backends/tgi.ts';
import type { EndpointClient } from './endpoint-client.ts';
import { endpointStatusOf, isUnknownProtocol, isUnknownRoute } from './endpoint-error.ts';
import { SharedCall } from './shared-call.ts';

const backends: Record<EndpointApi, () => Backend> = {
  lorax: createLoraxBackend,
  openai: createOpenAiBackend,
  tgi: createTgiBackend,
  sglang: createSglangBackend,
  llamacpp: createLlamaCppBackend,
};

const DETECTION_TIME_LIMIT_MS = 10_000;

/** One address and what answers there: found out with the first call, and again after the endpoint was gone or changed. */
export class Endpoint {
  readonly client: EndpointClient;
  readonly #backend: SharedCall<Backend>;

  constructor({ client, api, clock }: { client: EndpointClient; api: 'auto' | EndpointApi; clock: Clock }) {
    this.client = client;
    this.#backend = new SharedCall({
      call: async (signal) => backends[api === 'auto' ? await detectApi({ client, signal }) : api](),
      timeLimitMs: DETECTION_TIME_LIMIT_MS,
      tooSlow:
        `The model endpoint ${client.url} did not say within ${DETECTION_TIME_LIMIT_MS / 1000} s what it is. ` +
        'Look into its log, or set model.api in aos.json.',
      clock,
    });
  }

  /** @throws AosError AOS_INFERENCE_FAILED if nothing answers, or nothing that is known; the signal's reason */
  backend(signal?: AbortSignal): Promise<Backend> {
    return this.#backend.get(signal);
  }

  /** Runs calls of the endpoint in its protocol. @throws as `backend`; what `work` throws */
  async run<T>(signal: AbortSignal | undefined, work: (backend: Backend) => Promise<T>): Promise<T> {
    const backend = await this.backend(signal);
    try {
      return await work(backend);
    } catch (error) {
      if (mayHaveChanged(error)) this.#backend.forget();
      throw error;
    }
  }
}

/** Nothing answers there, or the connection broke, or it does not know the protocol. */
function mayHaveChanged(error: unknown): boolean {
  if (!isAosError(error) || error.code !== 'AOS_INFERENCE_FAILED') return false;
  return endpointStatusOf(error) === undefined || isUnknownRoute(error) || isUnknownProtocol(error);
}
