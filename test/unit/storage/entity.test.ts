import { describe, expect, it } from 'vitest';
import { checkEntity } from '../../../runtime/storage/entity.ts';

const keys = { partitionKey: 'p', rowKey: 'r' };
const badRequest = (message: RegExp) =>
  expect.objectContaining({ code: 'AOS_BAD_REQUEST', message: expect.stringMatching(message) });

describe('checkEntity', () => {
  it('takes flat properties and leaves out those that are not there', () => {
    const when = new Date(0);
    const bytes = new Uint8Array([1]);
    const entity = { ...keys, text: 'x', n: 1.5, yes: true, big: 5n, when, bytes, gone: undefined, none: null };
    expect(checkEntity(entity)).toEqual({ ...keys, text: 'x', n: 1.5, yes: true, big: 5n, when, bytes });
  });

  it('says of integers beyond 32 bits that they are doubles, which the service would refuse otherwise', () => {
    const now = 1_767_225_600_000;
    expect(checkEntity({ ...keys, now, max: 2 ** 31 - 1, min: -(2 ** 31) })).toMatchObject({
      now: { type: 'Double', value: now },
      max: 2 ** 31 - 1,
      min: -(2 ** 31),
    });
  });

  it('refuses what the service has no type for', () => {
    expect(() => checkEntity({ ...keys, data: { a: 1 } })).toThrow(badRequest(/data is an object.*JSON text/));
    expect(() => checkEntity({ ...keys, n: Number.NaN })).toThrow(badRequest(/n is NaN/));
    expect(() => checkEntity({ ...keys, n: 2n ** 63n })).toThrow(badRequest(/beyond 64 bits/));
    for (const when of [new Date('no date'), new Date('1600-12-31'), new Date(8.64e15)]) {
      expect(() => checkEntity({ ...keys, when })).toThrow(badRequest(/when is no date/));
    }
  });

  it('refuses names that the service refuses, and those it keeps for itself', () => {
    for (const name of ['', 'a b', 'a-b', '1a', 'x'.repeat(256)]) {
      expect(() => checkEntity({ ...keys, [name]: 1 })).toThrow(badRequest(/no identifier/));
    }
    for (const name of ['Timestamp', 'timestamp', 'etag']) {
      expect(() => checkEntity({ ...keys, [name]: 1 })).toThrow(badRequest(/keeps for itself/));
    }
    expect(() => checkEntity({ ...keys, größe_2: 1, _x: 1 })).not.toThrow();
  });

  it('refuses a property above 64 KiB, counted in UTF-16', () => {
    expect(() => checkEntity({ ...keys, text: 'x'.repeat(32 * 1024 - 2) })).not.toThrow();
    expect(() => checkEntity({ ...keys, text: 'x'.repeat(33 * 1024) })).toThrow(
      badRequest(/property text takes 67 KiB/),
    );
  });

  it('refuses an entity above 1 MiB', () => {
    const parts = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`text_${n}`, 'x'.repeat(32_000)]));
    expect(() => checkEntity({ ...keys, ...parts(16) })).not.toThrow();
    expect(() => checkEntity({ ...keys, ...parts(17) })).toThrow(
      badRequest(/takes 1063 KiB, and an entity holds 1 MiB/),
    );
  });

  it('refuses more than 252 properties', () => {
    const properties = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, n]));
    expect(() => checkEntity({ ...keys, ...properties(252) })).not.toThrow();
    expect(() => checkEntity({ ...keys, ...properties(253) })).toThrow(badRequest(/253 properties/));
  });

  it('refuses keys that the service would refuse', () => {
    expect(() => checkEntity({ partitionKey: 'p', rowKey: 'a/b' })).toThrow(badRequest(/row key/));
  });
});
