import { isAbort } from '../../../core/errors.ts';
import { toLoraxError } from '../errors.ts';
import type { EndpointContext } from './context.ts';
import type { Generation } from './generation.ts';
import type { Timings } from './headers.ts';
import type { GenerationPlan } from './validation.ts';

/** One request for text from its arrival to its end: what the metrics and the health check learn of it. */
export class RequestLog {
  readonly #context: EndpointContext;
  readonly #arrivedMs: number;
  #plan: GenerationPlan | undefined;
  #validationMs = 0;

  constructor(context: EndpointContext) {
    this.#context = context;
    this.#arrivedMs = context.clock.monotonic();
    context.metrics.arrived();
  }

  planned(plan: GenerationPlan): void {
    this.#plan = plan;
    this.#validationMs = this.#elapsedMs();
    this.#context.metrics.planned(plan);
  }

  succeeded(generation: Generation): Timings {
    const timings = { totalMs: this.#elapsedMs(), validationMs: this.#validationMs };
    this.#context.metrics.generated(generation, timings);
    this.#context.health.note(true);
    return timings;
  }

  failed(error: unknown): void {
    const adapters = this.#plan?.engineRequest.adapters ?? [];
    const type = isAbort(error) ? 'dropped' : toLoraxError(error).type;
    this.#context.metrics.failed(type, adapters);
    // What fails before there is a plan (validation, injected failures) says nothing about the engine.
    if (this.#plan && (type === 'generation' || type === 'incomplete_generation')) this.#context.health.note(false);
  }

  #elapsedMs(): number {
    return this.#context.clock.monotonic() - this.#arrivedMs;
  }
}
