import type { BreakerView } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';

export interface CircuitBreakerOptions {
  /** What stands behind it, for messages and views, e.g. `lorax`. */
  name: string;
  /** Failures in a row that open it. Default 5 (R45). */
  failureThreshold?: number;
  /** How long it stays open before one call may probe. Default 60,000 ms (R46). */
  recoveryTimeoutMs?: number;
  /** Calls that may probe at a time; the others are refused meanwhile. Default 1. */
  probes?: number;
  /** Which errors count as failures of what stands behind it. Default: all (R47). Others pass uncounted. */
  isFailure?: (error: unknown) => boolean;
  clock?: Clock;
}

type State = { kind: 'closed'; failures: number } | { kind: 'open'; since: number } | HalfOpen;

interface HalfOpen {
  kind: 'half_open';
  probing: number;
}

/** What a refused caller is told while a probe is under way: its end is not known. */
const PROBE_RETRY_MS = 1000;

/**
 * Keeps calls away from a service that fails: closed → open after `failureThreshold` failures in a row → half-open after
 * `recoveryTimeoutMs`, when `probes` calls probe: the first that succeeds closes it, the first that fails opens it again.
 * While it is open, or the probes are under way, calls fail at once.
 *
 * Our own, since a refused call must not wait for the probe (libraries make it wait), and since time is injected.
 */
export class CircuitBreaker {
  readonly name: string;
  readonly #failureThreshold: number;
  readonly #recoveryTimeoutMs: number;
  readonly #probes: number;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #clock: Clock;
  readonly #changes = new Emitter<BreakerView>();
  #state: State = { kind: 'closed', failures: 0 };
  #lastError: string | null = null;

  /** Fires when it opens, lets calls probe, or closes. */
  readonly onChanged = this.#changes.event;

  constructor(options: CircuitBreakerOptions) {
    this.name = options.name;
    this.#failureThreshold = options.failureThreshold ?? 5;
    this.#recoveryTimeoutMs = options.recoveryTimeoutMs ?? 60_000;
    this.#probes = options.probes ?? 1;
    this.#isFailure = options.isFailure ?? (() => true);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Runs `call` unless the breaker is open (R48). A call that was cancelled says nothing about the service; one that
   * passed its deadline is a failure.
   * @param signal the signal that `call` listens to
   * @throws AosError AOS_BREAKER_OPEN with `retry_after_ms`; else what `call` throws
   */
  async execute<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const probe = this.#admit();
    try {
      const result = await call();
      this.#succeeded(probe);
      return result;
    } catch (error) {
      if (wasCancelled(signal)) this.#undecided(probe);
      else if (this.#isFailure(error)) this.#failed(probe, error);
      else this.#succeeded(probe);
      throw error;
    }
  }

  /**
   * For who waits before the call: what `execute` would refuse now is refused before the wait.
   * @throws AosError AOS_BREAKER_OPEN with `retry_after_ms`
   */
  throwIfOpen(): void {
    const state = this.#state;
    if (state.kind === 'open') {
      const waitMs = this.#untilProbe(state.since);
      if (waitMs > 0) throw this.#refusal(waitMs);
    } else if (state.kind === 'half_open' && state.probing >= this.#probes) throw this.#refusal(PROBE_RETRY_MS);
  }

  /** The same function behind this breaker. */
  wrap<Args extends unknown[], T>(call: (...args: Args) => Promise<T>): (...args: Args) => Promise<T> {
    return (...args) => this.execute(() => call(...args));
  }

  /** Closes it by hand, e.g. when the service is known to be back. */
  reset(): void {
    this.#become({ kind: 'closed', failures: 0 });
  }

  /** Opens it by hand, e.g. to try an outage. */
  open(): void {
    this.#become({ kind: 'open', since: this.#clock.monotonic() });
  }

  view(): BreakerView {
    const state = this.#state;
    return {
      name: this.name,
      // An open breaker whose time is over lets the next call probe: that is what half-open means to an onlooker.
      state: state.kind === 'open' && this.#untilProbe(state.since) === 0 ? 'half_open' : state.kind,
      failures: state.kind === 'closed' ? state.failures : this.#failureThreshold,
      failure_threshold: this.#failureThreshold,
      next_attempt_ms: state.kind === 'open' ? this.#untilProbe(state.since) || null : null,
      last_error: this.#lastError,
    };
  }

  /** @returns the state this call probes for; undefined for an ordinary call */
  #admit(): HalfOpen | undefined {
    this.throwIfOpen();
    if (this.#state.kind === 'open') this.#become({ kind: 'half_open', probing: 0 });
    if (this.#state.kind !== 'half_open') return undefined;
    this.#state.probing++;
    return this.#state;
  }

  #succeeded(probe: HalfOpen | undefined): void {
    // A call from before it opened does not close it: only a probe decides.
    if (probe ? this.#state === probe : this.#state.kind === 'closed' && this.#state.failures > 0) this.reset();
  }

  #failed(probe: HalfOpen | undefined, error: unknown): void {
    const state = this.#state;
    this.#lastError = messageOf(error);
    if (probe ? state === probe : state.kind === 'closed' && ++state.failures >= this.#failureThreshold) this.open();
  }

  #undecided(probe: HalfOpen | undefined): void {
    if (probe) probe.probing--;
  }

  #become(state: State): void {
    const changed = state.kind !== this.#state.kind;
    this.#state = state;
    if (changed) this.#changes.fire(this.view());
  }

  #untilProbe(since: number): number {
    return Math.max(0, Math.ceil(since + this.#recoveryTimeoutMs - this.#clock.monotonic()));
  }

  #refusal(retryAfterMs: number): AosError {
    return new AosError(
      'AOS_BREAKER_OPEN',
      `The circuit breaker "${this.name}" is open: ${this.#lastError ?? 'it was opened by hand.'} ` +
        `It tries again in ${Math.ceil(retryAfterMs / 1000)} s.`,
      { details: { retry_after_ms: retryAfterMs } },
    );
  }
}

/**
 * Decorator of a method that calls a service: `@guarded(breaker) async ask() { … }` (R48).
 * Node runs TypeScript without transforming it, and knows no decorators yet: it needs a build (esbuild, tsc).
 */
export function guarded(breaker: CircuitBreaker) {
  return <This, Args extends unknown[], T>(
    method: (this: This, ...args: Args) => Promise<T>,
    _context?: ClassMethodDecoratorContext,
  ) =>
    function (this: This, ...args: Args): Promise<T> {
      return breaker.execute(() => method.apply(this, args));
    };
}

function wasCancelled(signal: AbortSignal | undefined): boolean {
  if (!signal?.aborted) return false;
  return !(isAosError(signal.reason) && signal.reason.code === 'AOS_DEADLINE');
}
