import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { type LifecycleOptions, runLifecycleCommand } from '../../../runtime/commands/lifecycle.ts';
import type { Ready } from '../../../runtime/contracts/launcher.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { instancesFolder, writeInstance } from '../../../runtime/launcher/instances.ts';
import { BlobManager } from '../../../runtime/storage/blob-manager.ts';
import { archiveOldData, type LifecyclePolicy } from '../../../runtime/storage/lifecycle.ts';
import { runLifecycle } from '../../../runtime/storage/run-lifecycle.ts';
import { startTestStorage, withFolder } from './clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

async function containerOf(name: string, ...blobs: string[]): Promise<BlobManager> {
  const manager = new BlobManager({ connection: storage.connectionString, container: name, logger: silentLogger });
  await manager.ensure();
  for (const blob of blobs) await manager.upload(blob, 'data');
  return manager;
}

async function tiersOf(manager: BlobManager): Promise<Record<string, string | undefined>> {
  const tiers: Record<string, string | undefined> = {};
  for await (const { name, tier } of manager.list()) tiers[name] = tier;
  return tiers;
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

describe('runLifecycle', () => {
  it('really sets the tiers, at the date that counts as now', async () => {
    const blobManager = await containerOf('training-data', 'ceo/a', 'cfo/b');
    const run = (days: number) => runLifecycle({ blobManager, policy: archiveOldData, at: inDays(days) });
    expect(await run(29)).toEqual({ checked: 2, changes: [] });
    const { checked, changes } = await run(31);
    expect([checked, changes.map(({ blob, to, done }) => [blob, to, done])]).toEqual([
      2,
      [
        ['ceo/a', 'Cool', true],
        ['cfo/b', 'Cool', true],
      ],
    ]);
    expect(await tiersOf(blobManager)).toEqual({ 'ceo/a': 'Cool', 'cfo/b': 'Cool' });
    expect((await run(31)).changes).toEqual([]);
    await blobManager.upload('ceo/a', 'changed');
    expect((await run(91)).changes).toMatchObject([
      { blob: 'ceo/a', from: 'Hot', to: 'Archive' },
      { blob: 'cfo/b', from: 'Cool', to: 'Archive' },
    ]);
    await expect(blobManager.download('cfo/b')).rejects.toMatchObject({ details: { storage_code: 'BlobArchived' } });
  });

  it('only says what it would do in a dry run', async () => {
    const blobManager = await containerOf('training-data-dry', 'a');
    const policy: LifecyclePolicy = { rules: [{ ...archiveOldData.rules[0], definition: deleteAfter(1) }] };
    const { changes } = await runLifecycle({ blobManager, policy, at: inDays(2), dryRun: true });
    expect(changes).toMatchObject([{ action: 'delete', to: null, done: false }]);
    expect(await blobManager.downloadText('a')).toBe('data');
  });

  it('deletes, and tells of a blob that cannot be changed without keeping the others back', async () => {
    const blobManager = await containerOf('old-data', 'a', 'leased', 'z');
    const policy: LifecyclePolicy = { rules: [{ ...archiveOldData.rules[0], definition: deleteAfter(1) }] };
    const lease = await blobManager.acquireLease('leased');
    const { changes } = await runLifecycle({ blobManager, policy, at: inDays(2) });
    expect(changes.map(({ blob, done }) => [blob, done])).toEqual([
      ['a', true],
      ['leased', false],
      ['z', true],
    ]);
    expect(changes[1]?.error).toMatch(/412 LeaseIdMissing/);
    await lease?.release();
    expect(await tiersOf(blobManager)).toEqual({ leased: 'Hot' });
  });
});

const deleteAfter = (days: number): LifecyclePolicy['rules'][number]['definition'] => ({
  filters: { blobTypes: ['blockBlob'] },
  actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: days } } },
});

describe('aos lifecycle run', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
  });

  /** What the command prints; `home` stands for the home folder with the instance registry. */
  async function run(options: LifecycleOptions, home: string, env: Record<string, string> = {}): Promise<string> {
    vi.stubEnv('AOS_HOME', home);
    const printed: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    await runLifecycleCommand(options, env).finally(() => vi.restoreAllMocks());
    return printed.join('');
  }
  const started = (http: string, connection = storage.connectionString): Ready => ({
    ready: true,
    name: 'test',
    folder: '/nowhere',
    http,
    token: 't',
    serviceBus: '',
    storage: connection,
    blob: '',
    table: '',
    lorax: '',
    loraxKey: '',
    engine: 'simulated',
    dataDir: null,
    pids: { launcher: process.pid, cloud: process.pid, replicas: [] },
  });

  it('works on the storage of the local system that runs', () =>
    withFolder(async (home) => {
      const blobManager = await containerOf('training-data', 'command/a');
      await containerOf('aos-data', 'training-data/set');
      await writeInstance(started('http://127.0.0.1:7071'), instancesFolder({ AOS_HOME: home }));
      const at = inDays(31).toISOString();
      const dry = JSON.parse(await run({ at, json: true, dryRun: true }, home));
      expect(dry).toMatchObject({ policy: ['archive-old-data'], at, dry_run: true, storage: storage.blobUrl });
      expect(dry.changes.every((change: { done: boolean }) => !change.done)).toBe(true);
      expect((await tiersOf(blobManager))['command/a']).toBe('Hot');
      const text = await run({ at, url: 'http://127.0.0.1:7071' }, home);
      expect(text).toMatch(/archive-old-data as of .* blobs checked, 1 of 1 due changes made/);
      expect(text).toMatch(/ {2}training-data\/command\/a {2}Hot → Cool · 31 days old\n/);
      expect(text).toMatch(/Not matched: blobs in aos-data\. A prefix .* starts with the name of the container/);
      expect((await tiersOf(blobManager))['command/a']).toBe('Cool');
      await expect(run({ url: 'http://127.0.0.1:1' }, home)).rejects.toMatchObject({ code: 'AOS_NOT_RUNNING' });
    }));

  it('takes the storage of the environment when nothing runs here, and says so when there is none', () =>
    withFolder(async (home) => {
      const env = { AZURE_STORAGE_CONNECTION_STRING: storage.connectionString };
      expect(JSON.parse(await run({ json: true }, home, env))).toMatchObject({ changes: [], storage: storage.blobUrl });
      await expect(run({}, home)).rejects.toMatchObject({ code: 'AOS_NOT_RUNNING' });
    }));

  it('refuses a date that is none, and one that is made up for an account in Azure', () =>
    withFolder(async (home) => {
      await expect(run({ at: 'soon' }, home)).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
      const real = { AZURE_STORAGE_CONNECTION_STRING: `AccountName=real;AccountKey=${storage.key}` };
      await expect(run({ at: '2030-01-01' }, home, real)).rejects.toThrow(/real.*--dry-run/);
    }));

  it('ends with a status that says that a blob could not be changed', () =>
    withFolder(async (home) => {
      const env = { AZURE_STORAGE_CONNECTION_STRING: storage.connectionString };
      const manager = await containerOf('training-data', 'busy');
      const lease = await manager.acquireLease('busy');
      vi.spyOn(BlobManager.prototype, 'setTier').mockRejectedValue(new Error('no'));
      const text = await run({ at: inDays(31).toISOString() }, home, env);
      expect(text).toMatch(/training-data\/busy .* failed: /);
      expect(process.exitCode).toBe(1);
      await lease?.release();
    }));
});
