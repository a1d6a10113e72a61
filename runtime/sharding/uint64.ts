/**
 * An unsigned 64-bit number as two halves, each with its bits in a signed 32-bit number: the engine keeps those in registers.
 * BigInt would take twenty times as long, and a shard is looked up for each message.
 */
export interface Uint64 {
  hi: number;
  lo: number;
}

/** `value` becomes the low 64 bits of `value` × `factor`. */
export function multiply(value: Uint64, factor: Readonly<Uint64>): void {
  const { hi, lo } = value;
  value.lo = Math.imul(lo, factor.lo);
  value.hi = (highOfProduct(lo, factor.lo) + Math.imul(hi, factor.lo) + Math.imul(lo, factor.hi)) | 0;
}

/** The upper 32 bits of `a` × `b`. Source: Warren, "Hacker's Delight", 2nd edition, 8-2. */
function highOfProduct(a: number, b: number): number {
  const [al, ah, bl, bh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = (Math.imul(ah, bl) + (Math.imul(al, bl) >>> 16)) | 0;
  const lower = (Math.imul(al, bh) + (middle & 0xffff)) | 0;
  return (Math.imul(ah, bh) + (middle >>> 16) + (lower >>> 16)) | 0;
}

/** `value` becomes `value` + 1, modulo 2^64. */
export function increment(value: Uint64): void {
  value.lo = (value.lo + 1) | 0;
  if (value.lo === 0) value.hi = (value.hi + 1) | 0;
}
