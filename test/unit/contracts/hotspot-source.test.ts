// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source code in strings is what is tested.
import { describe, expect, it } from 'vitest';
import { findHotspotPlaces } from '../../../runtime/contracts/hotspot-source.ts';

describe('findHotspotPlaces', () => {
  it.each([
    ['partition_key = agent_id', 'agent_id'],
    ["entity = {'PartitionKey': agent_id, 'RowKey': key}", 'agent_id'],
    ["entity['PartitionKey'] = agent_id  # for ever", 'agent_id'],
    ['partition_key = f"agent_{self.agent_id}"', 'f"agent_{self.agent_id}"'],
    ['partition_key = "agent_" + agent_id', '"agent_" + agent_id'],
    ['await table.upsert({ partitionKey: message.agentId, rowKey });', 'message.agentId'],
    ['const partitionKey = agent.id;', 'agent.id'],
    ['const row = { partitionKey: `agent_${agentId}` };', '`agent_${agentId}`'],
    ["partitionKey: row['agent_id'],", "row['agent_id']"],
  ])('finds %s', (source, text) => {
    expect(findHotspotPlaces(source)).toEqual([{ offset: source.indexOf(text), length: text.length, text }]);
  });

  it.each([
    'partition_key = f"{agent_id}_{at:%Y%m}"',
    'partition_key = agent_id + "_" + month',
    'const row = { partitionKey: partitionKey(agentId, at), rowKey };',
    'const key = partitionKey(agentId, Date.now());',
    'const row = { partitionKey: `${agentId}_${yyyyMM}` };',
    'if (partition_key == agent_id) fix()',
    'rows.map((partitionKey) => agentId)',
    'partitionKey: agentIdentity,',
  ])('takes %s', (source) => {
    expect(findHotspotPlaces(source)).toEqual([]);
  });

  it('finds every one of a file, at its place', () => {
    const source = 'a = 1\npartition_key = agent_id\nb = 2\npartition_key = agent_id\n';
    expect(findHotspotPlaces(source).map(({ offset }) => offset)).toEqual([22, 53]);
  });
});
