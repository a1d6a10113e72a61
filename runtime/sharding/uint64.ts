/** An unsigned 64-bit number as two halves: BigInt would take twenty times as long, and a shard is looked up for each message. */
export interface Uint64 {
  hi: number;
  lo: number;
}

/** `value` becomes the low 64 bits of `value` × `factor`. */
export function multiply(value: Uint64, factor: Readonly<Uint64>): void {
  const { hi, lo } = value;
  const al = lo & 0xffff;
  const ah = lo >>> 16;
  const bl = factor.lo & 0xffff;
  const bh = factor.lo >>> 16;
  const ll = al * bl;
  const lh = al * bh;
  const hl = ah * bl;
  const hh = ah * bh;
  const middle = (ll >>> 16) + (lh & 0xffff) + (hl & 0xffff);
  value.lo = ((middle << 16) | (ll & 0xffff)) >>> 0;
  const carried = hh + (lh >>> 16) + (hl >>> 16) + (middle >>> 16);
  value.hi = (carried + Math.imul(hi, factor.lo) + Math.imul(lo, factor.hi)) >>> 0;
}

/** `value` becomes `value` + 1, modulo 2^64. */
export function increment(value: Uint64): void {
  value.lo = (value.lo + 1) >>> 0;
  if (value.lo === 0) value.hi = (value.hi + 1) >>> 0;
}
