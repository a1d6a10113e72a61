import { jumpHash } from './jump-hash.ts';

/**
 * The shard of an agent: FNV-1a (64 bit, over the UTF-8 bytes) → finaliser of MurmurHash3 (fmix64) → jump consistent hash
 * (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014).
 *
 * The result never changes between versions, processes and languages (test vectors hold it): it decides where messages
 * wait. From 10 to 11 shards about 9 % of the agents move, all of them to the new one.
 * @param agentId any text
 * @param numShards ≥ 1
 * @returns 0 … numShards − 1
 * @throws RangeError if numShards is not a whole number ≥ 1
 */
export function getShardId(agentId: string, numShards: number): number {
  if (!Number.isInteger(numShards) || numShards < 1) {
    throw new RangeError(`The number of shards must be a whole number from 1, and is ${numShards}.`);
  }
  return jumpHash(fmix64(fnv1a64(agentId)), numShards);
}

const MASK = 0xffff_ffff_ffff_ffffn;
const utf8 = new TextEncoder();

/** Fowler–Noll–Vo 1a, 64 bit. Source: draft-eastlake-fnv. */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of utf8.encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & MASK;
  return hash;
}

/** FNV alone is weak in its high bits for short ids that differ in the last digit; this spreads them. */
function fmix64(value: bigint): bigint {
  let hash = value;
  hash = ((hash ^ (hash >> 33n)) * 0xff51_afd7_ed55_8ccdn) & MASK;
  hash = ((hash ^ (hash >> 33n)) * 0xc4ce_b9fe_1a85_ec53n) & MASK;
  return hash ^ (hash >> 33n);
}
