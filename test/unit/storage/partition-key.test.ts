import { describe, expect, it } from 'vitest';
import { checkKey, partitionKey, timeOfRowKey, timeRowKey } from '../../../runtime/storage/partition-key.ts';

describe('partitionKey', () => {
  it('is the agent and the month', () => {
    expect(partitionKey('ceo', new Date('2026-03-09T12:00:00Z'))).toBe('ceo_202603');
    expect(partitionKey('ceo', Date.UTC(2026, 11, 31))).toBe('ceo_202612');
  });

  it('takes the month in UTC, wherever the machine is', () => {
    expect(partitionKey('ceo', new Date('2026-04-01T01:30:00+02:00'))).toBe('ceo_202603');
  });

  it.each(['a/b', 'a\\b', 'a#b', 'a?b', 'a\tb', 'a\u0085b'])('refuses the id %j, which no table key can hold', (id) => {
    expect(() => partitionKey(id, 0)).toThrow(expect.objectContaining({ code: 'AOS_BAD_REQUEST' }));
    expect(() => partitionKey(id, 0)).toThrow(JSON.stringify(id[1]));
  });

  it('refuses an empty id, one that is too long, and a date that is none', () => {
    expect(() => partitionKey('', 0)).toThrow(/empty/);
    expect(() => partitionKey('x'.repeat(600), 0)).toThrow(/607 characters; 512 fit/);
    expect(() => partitionKey('ceo', new Date('no date'))).toThrow(/valid date/);
  });
});

describe('checkKey', () => {
  it('takes what keys may hold: blanks, quotes and other scripts included', () => {
    for (const key of ['', 'a b', "it's", 'ä—ü', '日本', 'a'.repeat(512)]) {
      expect(() => checkKey('row key', key)).not.toThrow();
    }
  });
});

describe('timeRowKey', () => {
  it('sorts by time, and the time is read out of it again', () => {
    const times = [Date.UTC(2025, 11, 31, 23, 59, 59, 999), Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 0, 0, 0, 1)];
    const keys = times.map((at) => timeRowKey(at, 'z'));
    expect(keys[0]).toBe('20251231T235959999Z_z');
    expect(keys).toEqual([...keys].sort());
    expect(keys.map(timeOfRowKey)).toEqual(times);
    expect(timeRowKey(times[1]!) < keys[1]!).toBe(true);
  });

  it('is the key that agents have been given for their conversations', () => {
    const at = new Date('2026-03-09T12:34:56.789Z');
    expect(timeRowKey(at, 'x')).toBe(`${at.toISOString().replace(/[-:.]/g, '')}_x`);
  });

  it('refuses what is no date and no key', () => {
    expect(() => timeRowKey(Number.NaN)).toThrow(/valid date/);
    expect(() => timeRowKey(Date.UTC(10_000, 0))).toThrow(/valid date/);
    expect(() => timeRowKey(0, 'a/b')).toThrow(/row key/);
    for (const other of ['conv_001', '20260101', '20260101T000000000Zx']) expect(timeOfRowKey(other)).toBeUndefined();
  });
});
