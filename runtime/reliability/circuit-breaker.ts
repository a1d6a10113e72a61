import type { BreakerView } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError, isAosError } from '../core/errors.ts';

export interface CircuitBreakerOptions {
  /** What stands behind it, for messages and views, e.g. `lorax`. */
  name: string;
  /** Failures in a row that open it. Default 5 (R45). */
  failureThreshold?: number;
  /** How long it stays open before one call may probe. Default 60,000 ms (R46). */
  recoveryTimeoutMs?: number;
  /** Which errors count as failures of what stands behind it. Default: all (R47). Others pass uncounted. */
  isFailure?: (error: unknown) => boolean;
  clock?: Clock;
}

type State =
  | { kind: 'closed'; failures: number }
  | { kind: 'open'; since: number }
  | { kind: 'half_open'; probing: boolean };

/** What a refused caller is told while a probe is under way: its end is not known. */
const PROBE_RETRY_MS = 1000;

/**
 * Keeps calls away from a service that fails: closed → open after `failureThreshold` failures in a row → half-open after
 * `recoveryTimeoutMs`, when one call probes. While it is open, or the probe is under way, calls fail at once.
 *
 * Our own, since a refused call must not wait for the probe (libraries make it wait), and since time is injected.
 */
export class CircuitBreaker {
  readonly name: string;
  readonly #failureThreshold: number;
  readonly #recoveryTimeoutMs: number;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #clock: Clock;
  #state: State = { kind: 'closed', failures: 0 };

  constructor(options: CircuitBreakerOptions) {
    this.name = options.name;
    this.#failureThreshold = options.failureThreshold ?? 5;
    this.#recoveryTimeoutMs = options.recoveryTimeoutMs ?? 60_000;
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
      else if (this.#isFailure(error)) this.#failed(probe);
      else this.#succeeded(probe);
      throw error;
    }
  }

  /** Closes it by hand, e.g. when the service is known to be back. */
  reset(): void {
    this.#state = { kind: 'closed', failures: 0 };
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
    };
  }

  /** @returns whether this call is the probe */
  #admit(): boolean {
    if (this.#state.kind === 'closed') return false;
    if (this.#state.kind === 'open') {
      const waitMs = this.#untilProbe(this.#state.since);
      if (waitMs > 0) throw this.#refusal(waitMs);
    } else if (this.#state.probing) throw this.#refusal(PROBE_RETRY_MS);
    this.#state = { kind: 'half_open', probing: true };
    return true;
  }

  #succeeded(probe: boolean): void {
    // A call from before it opened does not close it: only the probe decides.
    if (probe || this.#state.kind === 'closed') this.reset();
  }

  #failed(probe: boolean): void {
    const state = this.#state;
    if (probe) this.#open();
    else if (state.kind === 'closed' && ++state.failures >= this.#failureThreshold) this.#open();
  }

  #undecided(probe: boolean): void {
    if (probe && this.#state.kind === 'half_open') this.#state = { kind: 'half_open', probing: false };
  }

  #open(): void {
    this.#state = { kind: 'open', since: this.#clock.monotonic() };
  }

  #untilProbe(since: number): number {
    return Math.max(0, Math.ceil(since + this.#recoveryTimeoutMs - this.#clock.monotonic()));
  }

  #refusal(retryAfterMs: number): AosError {
    return new AosError(
      'AOS_BREAKER_OPEN',
      `The circuit breaker "${this.name}" is open after ${this.#failureThreshold} failures in a row. ` +
        `It tries again in ${Math.ceil(retryAfterMs / 1000)} s; the log has the failures.`,
      { details: { retry_after_ms: retryAfterMs } },
    );
  }
}

function wasCancelled(signal: AbortSignal | undefined): boolean {
  if (!signal?.aborted) return false;
  return !(isAosError(signal.reason) && signal.reason.code === 'AOS_DEADLINE');
}
