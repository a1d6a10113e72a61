import type { WorkflowDefinitionInput } from '../../../runtime/contracts/workflow.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import { MemoryWorkflowStore } from '../../../runtime/workflow/memory-store.ts';
import { defineWorkflow } from '../../../runtime/workflow/orchestrations.ts';
import { type AgentOutcome, WorkflowRunner } from '../../../runtime/workflow/runner.ts';
import type { WorkflowEvent, WorkflowServices } from '../../../runtime/workflow/services.ts';
import type { WorkflowStore } from '../../../runtime/workflow/store.ts';

/** An event in an agent's hands. */
export interface Handled {
  agent: string;
  event: WorkflowEvent & { data: Record<string, unknown> };
}

type Handle = (handled: Handled) => unknown;
type Answer = (agent: string, prompt: string, signal: AbortSignal) => unknown;

/** What outlives every process: storage, the bus, the agents and their model. */
export class World {
  readonly clock = new ManualClock();
  readonly store = new MemoryWorkflowStore();
  /** Events that agents handled, each id once, as the bus and the agents see to it. */
  readonly handled: Handled[] = [];
  /** Published events, each id once. */
  readonly published: WorkflowEvent[] = [];
  /** Prompts that the model was asked, in order. */
  readonly prompts: string[] = [];
  readonly logs: LogRecord[] = [];
  /** Outcomes that no runner has taken for good. */
  readonly #outcomes = new Map<string, AgentOutcome>();
  readonly #seen = new Set<string>();
  /** What agents make of an event; undefined: they are at it still. */
  handle: Handle = ({ agent, event }) => `${agent} did ${event.data.task}`;
  answer: Answer = (agent, prompt) => `${agent}: ${prompt}`;

  /** The runner of a new process. */
  process({ boundary = passes, numShards = 1 }: { boundary?: Boundary; numShards?: number } = {}): WorkflowRunner {
    return new WorkflowRunner({
      store: bounded(this.store, boundary),
      services: boundedServices(this.#services, boundary),
      numShards,
      clock: this.clock,
      random: () => 0.5,
      logger: createLogger({ scope: 'test', level: 'warn', write: (record) => this.logs.push(record) }),
    });
  }

  /** A runner that holds the one shard there is. */
  async running(options?: Parameters<World['process']>[0]): Promise<WorkflowRunner> {
    const runner = this.process(options);
    await runner.resume(0);
    return runner;
  }

  /** Lets everything happen that needs no time, outcomes included. */
  async settle(runner: WorkflowRunner): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await this.clock.advance(0);
      for (const [id, outcome] of [...this.#outcomes]) {
        quiet = 0;
        // Delivered until somebody says that it is kept, as from a bus.
        const delivery = await Promise.race([runner.outcome(outcome), this.clock.advance(0).then(() => undefined)]);
        if (delivery === undefined) return;
        this.#outcomes.delete(id);
      }
    }
  }

  /** An agent is done with an event. */
  finish(eventId: string, outcome: Omit<AgentOutcome, 'event_id'>): void {
    this.#outcomes.set(eventId, { event_id: eventId, ...outcome });
  }

  readonly #services: WorkflowServices = {
    sendEvent: async (agent, event) => {
      if (this.#seen.has(event.id)) return;
      this.#seen.add(event.id);
      const handled = { agent, event: event as Handled['event'] };
      this.handled.push(handled);
      try {
        const result = this.handle(handled);
        if (result !== undefined) this.finish(event.id, { result });
      } catch (error) {
        this.finish(event.id, { error: (error as Error).message });
      }
    },
    infer: async (agent, prompt, { signal }) => {
      this.prompts.push(prompt);
      return this.answer(agent, prompt, signal);
    },
    publish: async (event) => {
      if (!this.#seen.has(event.id)) this.published.push(event);
      this.#seen.add(event.id);
    },
  };
}

/** Starts a run named `r` and lets it go as far as it can. */
export async function startRun(
  world: World,
  runner: WorkflowRunner,
  workflow: WorkflowDefinitionInput,
  input?: unknown,
) {
  const definition = defineWorkflow(workflow);
  await runner.start({ runId: 'r', workflow: 'test', definition, input });
  await world.settle(runner);
  return runner.get('r');
}

/** Status by step, for short. */
export function statuses(view: { steps: { step_id: string; status: string }[] }): Record<string, string> {
  return Object.fromEntries(view.steps.map(({ step_id, status }) => [step_id, status]));
}

/** Called before and after everything a process does outside itself; a crash is a promise that never resolves. */
export type Boundary = (what: string) => Promise<void>;

const passes: Boundary = () => Promise.resolve();

async function between<T>(boundary: Boundary, what: string, run: () => Promise<T>): Promise<T> {
  await boundary(`before ${what}`);
  const result = await run();
  await boundary(`after ${what}`);
  return result;
}

function boundedServices(services: WorkflowServices, boundary: Boundary): WorkflowServices {
  return {
    sendEvent: (agent, event, options) =>
      between(boundary, `send to ${agent}`, () => services.sendEvent(agent, event, options)),
    infer: (agent, prompt, options) =>
      between(boundary, `infer ${agent}`, () => services.infer(agent, prompt, options)),
    publish: (event) => between(boundary, `publish ${event.type}`, () => services.publish(event)),
  };
}

function bounded(store: WorkflowStore, boundary: Boundary): WorkflowStore {
  return {
    create: (start) => between(boundary, 'create', () => store.create(start)),
    load: (runId) => between(boundary, 'load', () => store.load(runId)),
    save: (run, changed, version) => {
      // The picture is taken when `save` is called, the write comes later.
      const picture = { start: run.start, head: run.head, units: new Map(run.units) };
      return between(boundary, 'save', () => store.save(picture, changed, version));
    },
    close: (run) => between(boundary, 'close', () => store.close(run)),
    open: () => store.open(),
    list: (query) => store.list(query),
  };
}
