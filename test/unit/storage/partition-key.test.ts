import { describe, expect, it } from 'vitest';
import { checkKey, partitionKey, refuseHotspot } from '../../../runtime/storage/partition-key.ts';

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

describe('refuseHotspot', () => {
  it('refuses the id of the agent alone as partition, and names the way out', () => {
    for (const property of ['agent_id', 'agentId']) {
      const entity = { partitionKey: 'ceo', rowKey: '1', [property]: 'ceo' };
      expect(() => refuseHotspot(entity)).toThrow(expect.objectContaining({ code: 'AOS_HOTSPOT_KEY' }));
      expect(() => refuseHotspot(entity)).toThrow(/partitionKey\(agentId, date\)/);
    }
  });

  it('takes a partition of one month, and rows that belong to no agent', () => {
    expect(() => refuseHotspot({ partitionKey: 'ceo_202603', agent_id: 'ceo' })).not.toThrow();
    expect(() => refuseHotspot({ partitionKey: 'agents' })).not.toThrow();
  });
});
