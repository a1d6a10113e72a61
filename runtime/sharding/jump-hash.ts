import { increment, multiply, type Uint64 } from './uint64.ts';

/** 2862933555777941757, of the generator that the paper uses. */
const MULTIPLIER: Uint64 = { hi: 0x27bb_2ee6, lo: 0x87b0_b0fd };

/**
 * Jump consistent hash: when buckets are added, keys move to the new ones only.
 * Source: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014; the constant is theirs.
 * @param key well mixed; it is used up
 * @param buckets ≥ 1
 * @returns 0 … buckets − 1
 */
export function jumpHash(key: Uint64, buckets: number): number {
  let bucket = -1;
  let next = 0;
  while (next < buckets) {
    bucket = next;
    multiply(key, MULTIPLIER);
    increment(key);
    next = Math.floor((bucket + 1) * (2 ** 31 / ((key.hi >>> 1) + 1)));
  }
  return bucket;
}
