import { createActor, createMachine, fromPromise, waitFor } from 'xstate';
import { silentLogger } from '../../runtime/core/logger.ts';
import { TableManager } from '../../runtime/storage/table-manager.ts';
import { MemoryWorkflowStore } from '../../runtime/workflow/memory-store.ts';
import { defineWorkflow } from '../../runtime/workflow/orchestrations.ts';
import { WorkflowRunner } from '../../runtime/workflow/runner.ts';
import type { WorkflowServices } from '../../runtime/workflow/services.ts';
import type { WorkflowStore } from '../../runtime/workflow/store.ts';
import { TableWorkflowStore } from '../../runtime/workflow/table-store.ts';
import { type Figure, interleave, median, medianQuantile, ms } from './support/figures.ts';
import type { Running } from './support/processes.ts';

const ROUNDS = 9;
const RUNS_PER_ROUND = 30;
const STEPS = 100;
const DURABLE_RUNS = 20;

/** A step that does nothing, and yet is waited for: what is left is the overhead. */
const noop = async () => 'done';

const definition = defineWorkflow({
  steps: Array.from({ length: STEPS }, (_, n) => ({
    id: `s${n}`,
    kind: 'infer' as const,
    agent: 'a',
    prompt: 'x',
    depends_on: n === 0 ? [] : [`s${n - 1}`],
  })),
});

/** What a workflow costs around its steps: in memory beside xstate and bare awaits, and durable in the local Table storage. */
export async function benchWorkflow(system: Pick<Running, 'ready'>): Promise<Figure[]> {
  return [...(await inMemory()), await durable(system)];
}

/** Microseconds of a step, in a chain of 100. */
async function inMemory(): Promise<Figure[]> {
  const machine = chainMachine();
  const engine = await newEngine(new MemoryWorkflowStore(), noop);
  const samples = await interleave(ROUNDS, {
    engine: () => perStep(engine.run),
    bare: () =>
      perStep(async () => {
        for (let n = 0; n < STEPS; n++) await noop();
      }),
    xstate: () => perStep(async () => void (await waitFor(createActor(machine).start(), isDone))),
  });
  await engine.dispose();
  const us = (name: keyof typeof samples) => medianQuantile(samples[name], 0.5);
  const ours = `${us('engine').toFixed(2)} µs`;
  return [
    {
      name: 'step, in memory',
      ours,
      peer: `xstate ${us('xstate').toFixed(2)} µs`,
      ratio: us('engine') / us('xstate'),
    },
    { name: 'step, in memory', ours, peer: `await ${us('bare').toFixed(2)} µs`, ratio: us('engine') / us('bare') },
  ];
}

/** From one step to the next, with the state in Table storage in between. */
async function durable({ ready }: Pick<Running, 'ready'>): Promise<Figure> {
  const table = new TableManager({ connection: ready.storage, table: 'benchworkflows', logger: silentLogger });
  await table.ensure();
  const samples: number[] = [];
  let last = 0;
  const engine = await newEngine(new TableWorkflowStore(table), async () => {
    const now = performance.now();
    if (last > 0) samples.push(now - last);
    last = now;
    return 'done';
  });
  for (let n = 0; n < DURABLE_RUNS; n++) {
    last = 0;
    await engine.run();
  }
  await engine.dispose();
  return { name: `step, durable, p50 of ${samples.length}`, ours: ms(median(samples)) };
}

interface Engine {
  /** One run of the chain, to its end. */
  run(): Promise<void>;
  dispose(): Promise<void>;
}

async function newEngine(store: WorkflowStore, infer: WorkflowServices['infer']): Promise<Engine> {
  const finished = new Map<unknown, () => void>();
  const runner = new WorkflowRunner({
    store,
    services: {
      infer,
      sendEvent: noSuchStep,
      publish: async ({ data }) => finished.get((data as { run_id: string }).run_id)?.(),
    },
    numShards: 1,
    logger: silentLogger,
  });
  await runner.resume(0);
  let count = 0;
  const run = async () => {
    const runId = `run${count++}`;
    const { promise, resolve } = Promise.withResolvers<void>();
    finished.set(runId, resolve);
    await runner.start({ runId, workflow: 'bench', definition });
    await promise;
    finished.delete(runId);
  };
  return { run, dispose: () => runner.dispose() };
}

const noSuchStep = () => Promise.reject(new Error('The workflow of this bench asks no agent.'));

/** One state for each step, left when its promise resolves. */
function chainMachine() {
  const states = Array.from({ length: STEPS }, (_, n) => [
    `s${n}`,
    { invoke: { src: fromPromise(noop), onDone: n + 1 < STEPS ? `s${n + 1}` : 'end' } },
  ]);
  return createMachine({ initial: 's0', states: { ...Object.fromEntries(states), end: { type: 'final' } } });
}

const isDone = ({ status }: { status: string }) => status === 'done';

/** Microseconds of a step, for each run. */
async function perStep(run: () => Promise<void>): Promise<number[]> {
  const samples: number[] = [];
  for (let n = 0; n < RUNS_PER_ROUND; n++) {
    const startedAt = performance.now();
    await run();
    samples.push(((performance.now() - startedAt) * 1000) / STEPS);
  }
  return samples;
}
