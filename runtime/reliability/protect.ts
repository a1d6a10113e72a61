import type { AdaptiveLimit } from './adaptive-limit.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { Retry } from './retry.ts';

export type Protect = <T>(call: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/**
 * Puts calls of one service behind retry → limit → breaker, under the caller's one deadline (the signal).
 * Outside to inside: each try waits for its own turn, so a retry never jumps the queue; and what waits is not yet a call, so
 * neither the breaker nor the latency counts it. While the breaker is open nobody waits for a turn. The lane (Bulkhead) is
 * the caller's: it holds a place for all tries.
 */
export function protect(parts: { retry: Retry; limit: AdaptiveLimit | undefined; breaker: CircuitBreaker }): Protect {
  const { retry, limit, breaker } = parts;
  return (call, signal) => {
    const guardedCall = () => breaker.execute(call, signal);
    if (!limit) return retry.execute(guardedCall, signal);
    const inTurn = async () => {
      breaker.throwIfOpen();
      return limit.execute(guardedCall, signal);
    };
    return retry.execute(inTurn, signal);
  };
}
