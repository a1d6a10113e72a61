import type { Random } from '../core/random.ts';

/** The triangular distribution from `low` to `high` with its peak at `mode`, by the inverse of its distribution function. */
export function triangular(random: Random, low: number, mode: number, high: number): number {
  if (high === low) return mode;
  const at = random();
  const split = (mode - low) / (high - low);
  return at < split
    ? low + Math.sqrt(at * (high - low) * (mode - low))
    : high - Math.sqrt((1 - at) * (high - low) * (high - mode));
}
