import { describe, expect, it } from 'vitest';
import { LockTokens } from '../../../../../runtime/cloud/servicebus/protocol/lock-token.ts';

/** What clients make of a delivery tag: .NET's order of the bytes of a GUID. */
const fromTag = (tag: Buffer) =>
  Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((index) => tag[index]!));

describe('LockTokens', () => {
  it('come back from a delivery tag by way of the client', () => {
    const tokens = new LockTokens();
    for (const token of [1, 255, 256, 0xffff_ffff, 0x1_0000_0000, 2 ** 53 - 1]) {
      expect(fromTag(tokens.toTag(token))).toEqual(tokens.toUuid(token));
      expect(tokens.fromUuid(tokens.toUuid(token))).toBe(token);
    }
  });

  it('of another run, or of no run at all, mean nothing', () => {
    const tokens = new LockTokens();
    expect(tokens.fromUuid(new LockTokens().toUuid(1))).toBeUndefined();
    expect(tokens.fromUuid(Buffer.alloc(16))).toBeUndefined();
    expect(tokens.fromUuid(tokens.toUuid(1).subarray(0, 8))).toBeUndefined();
  });
});
