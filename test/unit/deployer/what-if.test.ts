import { expect, it } from 'vitest';
import { plannedChanges } from '../../../runtime/deployer/what-if.ts';

const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.App/containerApps/aos-runtime';

it('gives each changed property its path, with the items of lists by their number', () => {
  const [change] = plannedChanges([
    {
      resourceId: id,
      changeType: 'Modify',
      delta: [
        { path: 'properties.scale.maxReplicas', propertyChangeType: 'Modify', before: 20, after: 30 },
        {
          path: 'properties.rules',
          propertyChangeType: 'Array',
          children: [
            {
              path: '0',
              propertyChangeType: 'Modify',
              children: [{ path: 'name', propertyChangeType: 'Create', after: 'queue' }],
            },
            { path: '1', propertyChangeType: 'Delete', before: { name: 'old' } },
          ],
        },
        { path: 'properties.state', propertyChangeType: 'NoEffect', before: 'a', after: 'b' },
      ],
    },
  ]);
  expect(change).toEqual({
    resource_id: id,
    type: 'Microsoft.App/containerApps',
    name: 'aos-runtime',
    label: 'Container app',
    change: 'modify',
    properties: [
      { path: 'properties.scale.maxReplicas', before: '20', after: '30' },
      { path: 'properties.rules[0].name', before: null, after: '"queue"' },
      { path: 'properties.rules[1]', before: '{"name":"old"}', after: null },
    ],
  });
});

it('masks what looks like a secret, wherever it stands', () => {
  const text = JSON.stringify(
    plannedChanges([
      {
        resourceId: id,
        changeType: 'Modify',
        delta: [
          { path: 'properties.connectionString', propertyChangeType: 'Modify', before: 'hush', after: 'hush-2' },
          { path: 'properties.env', propertyChangeType: 'Create', after: [{ apiKey: 'hush-3', name: 'shown' }] },
        ],
      },
    ]),
  );
  expect(text).not.toContain('hush');
  expect(text).toContain('shown');
});

it('leaves out the resource group and nested deployments', () => {
  const group = '/subscriptions/s/resourceGroups/g';
  expect(
    plannedChanges([
      { resourceId: group, changeType: 'Create' },
      { resourceId: `${group}/providers/Microsoft.Resources/deployments/aos`, changeType: 'Create' },
    ]),
  ).toEqual([]);
});
