/** How many requests are due, and when. */
export interface Arrivals {
  count: number;
  /** Milliseconds after the start at which request `i` (from 0) is due. */
  dueMs(i: number): number;
}

/**
 * Evenly spaced requests, at one rate or at one that changes evenly from `ratePerS` to `rampToPerS`.
 * @param options.durationMs requests are due at 0 ≤ t < durationMs
 */
export function arrivals(options: { ratePerS: number; rampToPerS?: number; durationMs: number }): Arrivals {
  const { ratePerS, rampToPerS = ratePerS, durationMs } = options;
  const seconds = durationMs / 1000;
  const count = Math.round(((ratePerS + rampToPerS) / 2) * seconds);
  const slope = (rampToPerS - ratePerS) / seconds;
  if (slope === 0) return { count, dueMs: (i) => (i / ratePerS) * 1000 };
  // The area under the rate is the number of requests: i = r·t + slope·t²/2, solved for t (in a form that is stable
  // for a small slope).
  return { count, dueMs: (i) => ((2 * i) / (ratePerS + Math.sqrt(ratePerS ** 2 + 2 * slope * i))) * 1000 };
}
