import { describe, expect, it } from 'vitest';
import { BOARDROOM, counted, GROUP, HUB_TOKEN, usePerson } from './support.ts';

describe('preview', () => {
  it('tells what would be created and what it costs, creates nothing, and sends no secret', async () => {
    const { arm, job } = await usePerson();
    const { preview } = await job('preview');
    expect(preview).toMatchObject({ resource_group: GROUP, group_exists: false });
    expect(Object.keys(counted(preview.changes))).toEqual(['create']);
    expect(preview.changes).toContainEqual(
      expect.objectContaining({
        type: 'Microsoft.App/containerApps',
        name: 'boardroom-runtime',
        label: 'Container app',
        cost_usd: null,
      }),
    );
    expect(preview.changes).toContainEqual(
      expect.objectContaining({ type: 'Microsoft.ServiceBus/namespaces/queues', cost_usd: 0 }),
    );
    expect(preview.unknown_prices).toBeGreaterThan(0);
    expect(arm.state.groups.size).toBe(0);
    expect(arm.state.requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
  });

  it('tells a change property by property, and leaves alone what others have put there', async () => {
    const person = await usePerson();
    await person.job('deploy');
    person.arm.state.putResource(GROUP, {
      ...{ type: 'Microsoft.Compute/disks', name: 'disk-of-somebody', location: 'westus2' },
    });
    const { capacity } = person.choice;
    person.choice = { ...person.choice, capacity: { ...capacity, max_replicas: capacity.max_replicas - 1 } };
    const { preview } = await person.job('preview');
    const { create: _, ...counts } = counted(preview.changes);
    expect(counts).toEqual({ modify: 1, ignore: 1, no_change: preview.changes.length - 2 });
    expect(preview.changes.find(({ change }) => change === 'modify')).toMatchObject({
      name: 'boardroom-runtime',
      properties: [
        {
          path: 'properties.template.scale.maxReplicas',
          before: String(capacity.max_replicas),
          after: String(capacity.max_replicas - 1),
        },
      ],
    });
  });
});

describe('deploy', () => {
  it('creates the group and the registry, has the image built there, and then deploys everything', async () => {
    const person = await usePerson({ api: 'https://boardroom.example' });
    const { deployed } = await person.job('deploy');
    expect(deployed).toMatchObject({
      resource_group: GROUP,
      deployment: 'aos-boardroom',
      api: 'https://boardroom.example',
      seconds: 161,
      smoke: [],
    });
    const { state } = person.arm;
    const group = state.group(GROUP);
    expect([...group!.deployments.keys()]).toEqual(['aos-boardroom-base', 'aos-boardroom']);
    expect(group?.tags).toEqual({ 'aos-workspace': 'boardroom' });
    const app = [...group!.resources.values()].find(({ name }) => name === 'boardroom-runtime');
    expect(state.images).toHaveLength(1);
    expect(JSON.stringify(app)).toContain(state.images[0]);
    expect(deployed.changes).toBe([...group!.resources.values()].length);
    expect(person.operations().every((operation) => operation.state === 'succeeded')).toBe(true);
    const phases = new Set(person.progress.map(({ phase }) => phase));
    expect([...phases]).toEqual(['template', 'validate', 'group', 'deploy', 'image']);
  });

  it('keeps a secret out of progress, of the parameters that Azure gives back, and of the image', async () => {
    const { arm, job, progress } = await usePerson();
    await job('deploy');
    const { parameters } = arm.state.group(GROUP)!.deployments.get('aos-boardroom')!;
    expect(JSON.stringify([progress, parameters, [...arm.state.group(GROUP)!.resources]])).not.toContain(HUB_TOKEN);
    expect(Object.keys(parameters)).not.toContain('secret_lorax_HUGGING_FACE_HUB_TOKEN');
  });

  it('changes nothing the second time, and builds no image twice', async () => {
    const person = await usePerson();
    await person.job('deploy');
    const { preview } = await person.job('preview');
    expect(counted(preview.changes)).toEqual({ no_change: preview.changes.length });
    await person.job('deploy');
    expect(person.arm.state.images).toHaveLength(1);
    expect(person.arm.state.uploads).toHaveLength(1);
  });

  it('shows what is waiting, running and done', async () => {
    const person = await usePerson({ resourcesPerLook: 3 });
    const seen = new Set<string>();
    person.onProgress = ({ operations = [] }) => {
      for (const { state } of operations) seen.add(state);
    };
    await person.job('deploy');
    expect([...seen].sort()).toEqual(['running', 'succeeded', 'waiting']);
  });

  it('cancels in Azure what Azure has taken, and goes on from there the next time', async () => {
    const person = await usePerson({ resourcesPerLook: 2 });
    person.onProgress = ({ operations = [] }) => {
      if (operations.some(({ state }) => state === 'succeeded')) person.cancel();
    };
    await expect(person.job('deploy')).rejects.toMatchObject({ code: 'AOS_CANCELLED' });
    const group = person.arm.state.group(GROUP)!;
    expect(group.deployments.get('aos-boardroom-base')?.state).toBe('Canceled');
    const before = group.resources.size;
    person.onProgress = () => undefined;
    const { deployed } = await person.job('deploy');
    expect(deployed.changes).toBeGreaterThan(before);
  });

  it('follows a deployment that another process has begun', async () => {
    const person = await usePerson({ resourcesPerLook: 5, api: 'https://boardroom.example' });
    await person.job('deploy');
    const record = person.arm.state.group(GROUP)!.deployments.get('aos-boardroom')!;
    record.state = 'Running';
    for (const operation of record.operations) operation.state = 'Waiting';
    const { deployed } = await person.job('follow', { deployment: 'aos-boardroom', smoke_test: false });
    expect(deployed).toMatchObject({ deployment: 'aos-boardroom', api: 'https://boardroom.example' });
    await expect(person.job('follow', { deployment: 'aos-other', smoke_test: false })).rejects.toMatchObject({
      code: 'AOS_NOT_FOUND',
      message: expect.stringContaining('There is no deployment aos-other'),
    });
  });

  it('deletes what the template does not name in complete mode, and only there; the preview says it before', async () => {
    const person = await usePerson();
    await person.job('deploy');
    const disk = { type: 'Microsoft.Compute/disks', name: 'disk-of-somebody', location: 'westus2' };
    person.arm.state.putResource(GROUP, disk);
    const disks = () => [...person.arm.state.group(GROUP)!.resources.values()].filter(({ type }) => type === disk.type);

    const { preview } = await person.job('preview', { mode: 'complete' });
    const deleted = preview.changes.filter(({ change }) => change === 'delete');
    expect(deleted).toMatchObject([{ type: disk.type, name: disk.name, cost_usd: 0 }]);
    expect(counted(preview.changes)).toEqual({ delete: 1, no_change: preview.changes.length - 1 });

    await person.job('deploy');
    expect(disks()).toHaveLength(1);
    await person.job('deploy', { mode: 'complete' });
    expect(disks()).toEqual([]);
    // What it is made of is still there.
    expect(counted((await person.job('preview', { mode: 'complete' })).preview.changes)).toEqual({
      no_change: preview.changes.length - 1,
    });
  });

  it('creates everything the first time in complete mode too, though the registry comes before the rest', async () => {
    const person = await usePerson();
    const { deployed } = await person.job('deploy', { mode: 'complete' });
    const group = person.arm.state.group(GROUP)!;
    expect([...group.deployments.values()].map(({ mode }) => mode)).toEqual(['Incremental', 'Complete']);
    expect(group.resources.size).toBe(deployed.changes);
  });

  it('deploys all at once when the image is there already, or the host needs none', async () => {
    for (const given of [{ image: 'other.azurecr.io/aos-runtime:1' }, { host: 'functions-flex' as const }]) {
      const person = await usePerson();
      person.choice = { ...person.choice, ...given };
      await person.job('deploy');
      expect([...person.arm.state.group(GROUP)!.deployments.keys()]).toEqual(['aos-boardroom']);
      expect(person.arm.state.uploads).toEqual([]);
    }
  });
});

describe('bad input', () => {
  it('names the folder that has no aos.json', async () => {
    const { job } = await usePerson();
    await expect(job('preview', { folder: `${BOARDROOM}/agents` })).rejects.toMatchObject({
      code: 'AOS_CONFIG_INVALID',
    });
  });

  it('says that the account has no subscription', async () => {
    const { job } = await usePerson({ hasSubscription: false });
    await expect(job('subscriptions')).rejects.toMatchObject({
      code: 'AOS_FORBIDDEN',
      message: expect.stringContaining('has no Azure subscription'),
    });
  });
});

describe('places', () => {
  it('lists the subscriptions, and the regions with what each lacks', async () => {
    const { arm, job } = await usePerson();
    expect(await job('subscriptions')).toMatchObject({
      subscriptions: [{ id: arm.subscriptionId, name: 'Contoso Dev', tenant_id: arm.tenantId, state: 'Enabled' }],
    });
    const obstacles = async (needs_gpu: boolean) => {
      const { regions } = await job('regions', { needs_gpu });
      return Object.fromEntries(regions.map(({ name, obstacle }) => [name, obstacle]));
    };
    expect(await obstacles(true)).toMatchObject({
      westus2: null,
      eastus: 'has no A100 GPU for Container Apps',
      brazilsouth: 'has no Microsoft.App/managedEnvironments',
    });
    expect(await obstacles(false)).toMatchObject({ eastus: null });
  });
});
