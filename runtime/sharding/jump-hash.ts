const MASK = 0xffff_ffff_ffff_ffffn;

/**
 * Jump consistent hash: when buckets are added, keys move to the new ones only.
 * Source: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014; the constant is theirs.
 * @param key unsigned, 64 bit, well mixed
 * @param buckets ≥ 1
 * @returns 0 … buckets − 1
 */
export function jumpHash(key: bigint, buckets: number): number {
  let state = key;
  let bucket = -1;
  let next = 0;
  while (next < buckets) {
    bucket = next;
    state = (state * 2_862_933_555_777_941_757n + 1n) & MASK;
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(state >> 33n) + 1)));
  }
  return bucket;
}
