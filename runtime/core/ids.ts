import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

/** A random id with a short word in front that says what it names, e.g. `evt_5f0c…` (32 hex digits). */
export function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

/** A secret of 256 bits, base64url; for per-run tokens and keys. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares two secrets in constant time (their lengths may show). */
export function sameSecret(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
