import { expect, it } from 'vitest';
import { GROUP, usePerson } from './support.ts';

it('deletes the whole group when everything in it is ours', async () => {
  const person = await usePerson();
  await person.job('deploy');
  const { inventory } = await person.job('inventory');
  expect(inventory.others).toEqual([]);
  expect(inventory.ours).toContainEqual(expect.objectContaining({ name: 'boardroom-runtime', label: 'Container app' }));
  expect(await person.job('delete')).toMatchObject({ deleted: inventory.ours.length });
  expect(person.arm.state.groups.size).toBe(0);
  expect(person.operations().every(({ state }) => state === 'succeeded')).toBe(true);
});

it('deletes ours one by one, and leaves what somebody else has put there', async () => {
  const person = await usePerson();
  await person.job('deploy');
  const disk = { type: 'Microsoft.Compute/disks', name: 'disk-of-somebody', location: 'westus2' };
  person.arm.state.putResource(GROUP, disk);
  const { inventory } = await person.job('inventory');
  expect(inventory.others).toMatchObject([{ name: 'disk-of-somebody' }]);
  expect(await person.job('delete')).toMatchObject({ deleted: inventory.ours.length });
  expect(await person.job('inventory')).toMatchObject({
    inventory: { ours: [], others: [{ name: 'disk-of-somebody' }] },
  });
  const deleted = person.arm.state.requests.filter((request) => request.startsWith('DELETE'));
  expect(deleted).toHaveLength(inventory.ours.length);
  expect(deleted.filter((request) => /\/resourceGroups\/[^/]+$/.test(request))).toEqual([]);
});

it('says that there is no such group', async () => {
  const { job } = await usePerson();
  await expect(job('inventory')).rejects.toMatchObject({ message: expect.stringContaining('ResourceGroupNotFound') });
});
