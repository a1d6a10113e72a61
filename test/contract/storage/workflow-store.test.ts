import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { TableManager } from '../../../runtime/storage/table-manager.ts';
import { MemoryWorkflowStore } from '../../../runtime/workflow/memory-store.ts';
import { defineWorkflow } from '../../../runtime/workflow/orchestrations.ts';
import type { RunStart, UnitState } from '../../../runtime/workflow/run-state.ts';
import { WorkflowRunner } from '../../../runtime/workflow/runner.ts';
import type { WorkflowStore } from '../../../runtime/workflow/store.ts';
import { TableWorkflowStore } from '../../../runtime/workflow/table-store.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

const clock = new ManualClock();
let tables = 0;

async function newTable(): Promise<TableManager> {
  const table = new TableManager({
    connection: storage.connectionString,
    table: `workflows${tables++}`,
    logger: silentLogger,
  });
  await table.ensure();
  return table;
}

const stores: [string, () => Promise<WorkflowStore>][] = [
  ['memory', async () => new MemoryWorkflowStore()],
  ['Table storage', async () => new TableWorkflowStore(await newTable(), { now: () => clock.now() })],
];

const definition = defineWorkflow({ steps: [{ id: 'a', kind: 'infer', agent: 'a', prompt: 'x' }] });
const start = (runId: string, more: Partial<RunStart> = {}): RunStart => ({
  runId,
  workflow: 'board',
  definition,
  input: { topic: 'Paris' },
  createdAt: clock.now(),
  ...more,
});
const completed = (result: unknown): UnitState => ({
  status: 'completed',
  attempt: 1,
  startedAt: clock.now(),
  finishedAt: clock.now(),
  seq: 0,
  result,
});

async function idsOf(store: WorkflowStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of store.open()) ids.push(id);
  return ids.sort();
}

async function loaded(store: WorkflowStore, runId: string) {
  const found = await store.load(runId);
  if (!found) throw new Error(`There is no run ${runId}.`);
  return found;
}

describe.each(stores)('runs in %s', (_name, newStore) => {
  it('are created once, with what they begin with', async () => {
    const store = await newStore();
    expect(await store.load('r')).toBeUndefined();
    expect(await store.create(start('r'))).toBe(true);
    expect(await store.create(start('r', { workflow: 'other' }))).toBe(false);
    const { run } = await loaded(store, 'r');
    expect(run).toEqual({ start: start('r'), head: { status: 'pending', inbox: [], seen: [] }, units: new Map() });
  });

  it('are open until they are closed', async () => {
    const store = await newStore();
    for (const id of ['r1', 'r2', 'r3']) await store.create(start(id));
    await store.close((await loaded(store, 'r2')).run);
    expect(await idsOf(store)).toEqual(['r1', 'r3']);
    expect(await store.load('r2')).toBeDefined();
  });

  it('are written by one of two that read the same version', async () => {
    const store = await newStore();
    await store.create(start('r'));
    const [one, two] = [await loaded(store, 'r'), await loaded(store, 'r')];
    one.run.head = { ...one.run.head, status: 'running' };
    one.run.units.set('a', completed('first'));
    two.run.units.set('a', completed('second'));
    const version = await store.save(one.run, ['a'], one.version);
    expect(version).toBeTypeOf('string');
    expect(await store.save(two.run, ['a'], two.version)).toBeUndefined();
    expect((await loaded(store, 'r')).run).toEqual(one.run);
    expect(await store.save(one.run, ['a'], version!)).toBeTypeOf('string');
  });

  it('are listed by workflow, newest first, page by page', async () => {
    const store = await newStore();
    const ids = ['r0', 'r1', 'r2', 'r3', 'r4'];
    for (const id of ids) {
      await store.create(start(id));
      await clock.advance(1000);
    }
    await store.create(start('x', { workflow: 'other' }));
    const { run } = await loaded(store, 'r4');
    run.head = { ...run.head, status: 'failed', finishedAt: clock.now() };
    await store.close(run);
    const first = await store.list({ workflow: 'board', pageSize: 3 });
    const { continuationToken } = first;
    const second = await store.list({ workflow: 'board', pageSize: 3, continuationToken });
    expect([...first.runs, ...second.runs].map(({ run_id }) => run_id)).toEqual(ids.toReversed());
    expect(second.continuationToken).toBeUndefined();
    expect(second.runs[0]).toMatchObject({ workflow: 'board', status: 'running', finished_at: null });
  });
});

describe('runs in Table storage', () => {
  it('keep results of any size, each written once', async () => {
    const table = await newTable();
    const store = new TableWorkflowStore(table);
    await store.create(start('r'));
    const { run, version } = await loaded(store, 'r');
    // Pairs of surrogates at every border of a property, a row of its own, and more than one row.
    for (const [address, size] of [
      ['small', 10],
      ['large', 20_000],
      ['huge', 300_000],
    ] as const) {
      run.units.set(address, completed(`x${'😀'.repeat(size)}`));
    }
    const second = await store.save(run, [], version);
    const again = await loaded(store, 'r');
    expect(again.run).toEqual(run);
    expect(again.version).toBe(second);
    const etag = async () => (await table.getVersioned('run~r', 'unit~huge~completed1~1'))?.etag;
    const before = await etag();
    expect(before).toBeDefined();
    again.run.head = { ...again.run.head, status: 'running' };
    await store.save(again.run, [], again.version);
    expect(await etag()).toBe(before);
    expect((await loaded(store, 'r')).run).toEqual(again.run);
  });

  it('keep many results that do not fit into one row together', async () => {
    const store = new TableWorkflowStore(await newTable());
    await store.create(start('r'));
    const { run, version } = await loaded(store, 'r');
    for (let i = 0; i < 100; i++) run.units.set(`a~${i}`, completed('x'.repeat(8000)));
    await store.save(run, [], version);
    expect((await loaded(store, 'r')).run).toEqual(run);
  });

  it('refuse an input that does not fit', async () => {
    const store = new TableWorkflowStore(await newTable());
    await expect(store.create(start('r', { input: 'x'.repeat(420_000) }))).rejects.toMatchObject({
      code: 'AOS_MESSAGE_TOO_LARGE',
    });
  });

  it('whose start was cut off by a crash are started by its repetition', async () => {
    const table = await newTable();
    const store = new TableWorkflowStore(table);
    await store.create(start('r'));
    await table.delete('run~r', 'state');
    await table.delete('open', 'r');
    expect(await store.load('r')).toBeUndefined();
    expect(await store.create(start('r', { createdAt: clock.now() + 5 }))).toBe(false);
    expect((await loaded(store, 'r')).run.start.createdAt).toBe(clock.now());
    expect(await idsOf(store)).toEqual(['r']);
  });

  it('go on with another runner', async () => {
    const table = await newTable();
    const asked: string[] = [];
    const newRunner = () =>
      new WorkflowRunner({
        store: new TableWorkflowStore(table),
        services: {
          sendEvent: async (agentId, { id }) => void asked.push(`${agentId} ${id}`),
          infer: async (agentId, prompt) => `${agentId}: ${prompt}`,
          publish: async ({ type }) => void asked.push(type),
        },
        numShards: 1,
        logger: silentLogger,
      });
    const first = newRunner();
    await first.resume(0);
    const workflow = defineWorkflow({
      steps: [
        { id: 'brief', kind: 'infer', agent: 'ceo', prompt: 'Brief' },
        { id: 'cost', agent: 'cfo', task: 'x', depends_on: ['brief'] },
        {
          id: 'end',
          kind: 'infer',
          agent: 'ceo',
          prompt: '{{steps.brief.result}}, {{steps.cost.result}}',
          depends_on: ['cost'],
        },
      ],
    });
    await first.start({ runId: 'r', workflow: 'board', definition: workflow });
    await expect.poll(() => asked).toEqual(['cfo r~cost~1']);
    await first.release(0);
    const second = newRunner();
    await second.resume(0);
    expect(await second.outcome({ event_id: 'r~cost~1', result: 'dear' })).toBe('taken');
    await expect.poll(async () => (await second.get('r')).output).toBe('ceo: ceo: Brief, dear');
    await expect.poll(() => asked).toEqual(['cfo r~cost~1', 'cfo r~cost~1', 'WorkflowCompleted']);
    await second.dispose();
  });
});
