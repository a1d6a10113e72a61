import { describe, expect, it } from 'vitest';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import { findHotspotKey, type HotspotPolicy, hotspotGuard } from '../../../runtime/storage/hotspot.ts';

describe('findHotspotKey', () => {
  it.each([
    { partitionKey: 'ceo', agent_id: 'ceo' },
    { partitionKey: 'ceo', agentId: 'ceo' },
    { partitionKey: 'agent_ceo', agent_id: 'ceo' },
    { partitionKey: 'Agents-ceo', agent_id: 'ceo' },
    { partitionKey: 'agent_ceo', agent_id: 'agent_ceo' },
  ])('finds $partitionKey, and names the way out', (entity) => {
    const found = findHotspotKey(entity);
    expect(found).toMatchObject({ partitionKey: entity.partitionKey });
    expect(found?.message).toMatch(/partitionKey\(agentId, date\).*ceo_202601/);
  });

  it.each([
    { partitionKey: 'ceo_202603', agent_id: 'ceo' },
    { partitionKey: 'agent_ceo_202603', agent_id: 'ceo' },
    { partitionKey: 'ceo2', agent_id: 'ceo' },
    { partitionKey: 'agents' },
    { partitionKey: '', agent_id: '' },
    { partitionKey: 'ceo', agent_id: 7 },
  ])('takes %j', (entity) => {
    expect(findHotspotKey(entity)).toBeUndefined();
  });
});

describe('hotspotGuard', () => {
  const entity = { partitionKey: 'ceo', agent_id: 'ceo' };
  function start(policy: HotspotPolicy) {
    const logs: LogRecord[] = [];
    const logger = createLogger({ scope: 'test', write: (record) => logs.push(record) });
    return { logs, guard: hotspotGuard(policy, { table: 'conversations', logger }) };
  }

  it('refuses', () => {
    const { guard } = start('refuse');
    expect(() => guard(entity)).toThrow(expect.objectContaining({ code: 'AOS_HOTSPOT_KEY' }));
    expect(() => guard({ partitionKey: 'ceo_202603', agent_id: 'ceo' })).not.toThrow();
  });

  it('warns once of a partition, and of a bounded number of them', () => {
    const { guard, logs } = start('warn');
    guard(entity);
    guard(entity);
    expect(logs).toMatchObject([{ level: 'warn', fields: { table: 'conversations', partitionKey: 'ceo' } }]);
    for (let n = 0; n < 100; n++) guard({ partitionKey: `a${n}`, agent_id: `a${n}` });
    expect(logs).toHaveLength(20);
  });

  it('takes everything if told so', () => {
    const { guard, logs } = start('allow');
    guard(entity);
    expect(logs).toEqual([]);
  });
});
