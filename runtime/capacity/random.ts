export type Random = () => number;

/** Mulberry32 (public domain, Tommy Ettinger): numbers in [0, 1) that depend on the seed alone. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The triangular distribution from `low` to `high` with its peak at `mode`, by the inverse of its distribution function. */
export function triangular(random: Random, low: number, mode: number, high: number): number {
  if (high === low) return mode;
  const at = random();
  const split = (mode - low) / (high - low);
  return at < split
    ? low + Math.sqrt(at * (high - low) * (mode - low))
    : high - Math.sqrt((1 - at) * (high - low) * (high - mode));
}
