import type { AgentManager } from '../agents/agent-manager.ts';
import { BENCHMARK_WORKFLOW } from '../contracts/benchmark.ts';
import type { AosConfig } from '../contracts/config.ts';
import type { AgentMessage, Outcome, PublishedEvent, WorkflowSignal } from '../contracts/messages.ts';
import type { RunView, StartWorkflowRequest } from '../contracts/workflow.ts';
import type { Clock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { ServiceBusManager } from '../messaging/service-bus-manager.ts';
import type { TableManager } from '../storage/table-manager.ts';
import type { Meters } from '../telemetry/telemetry.ts';
import { benchmarkWorkflow } from '../workflow/benchmark-workflow.ts';
import { runIdOf } from '../workflow/event-id.ts';
import { WorkflowRunner } from '../workflow/runner.ts';
import { TableWorkflowStore } from '../workflow/table-store.ts';

export interface WorkflowsOptions {
  table: TableManager;
  numShards: number;
  config: () => AosConfig;
  agents: () => AgentManager;
  bus: ServiceBusManager;
  meters: Meters;
  clock: Clock;
  logger: Logger;
}

/** Type of the messages that bring signals to runs. */
const SIGNAL_TYPE = 'aos.workflow';

/**
 * The workflows of one replica. A run belongs to the shard of its id, as an agent does: whatever is to reach it (an agent's
 * outcome, an event, a person's decision) goes through that shard's session to whoever holds it.
 */
export class Workflows {
  readonly runner: WorkflowRunner;
  readonly #options: WorkflowsOptions;

  constructor(options: WorkflowsOptions) {
    this.#options = options;
    const { table, numShards, agents, bus, meters, clock, logger } = options;
    this.runner = new WorkflowRunner({
      store: new TableWorkflowStore(table, { now: () => clock.now() }),
      ...{ numShards, clock, logger, meters },
      services: {
        sendEvent: async (agentId, event, { signal }) => {
          await agents().sendEvent(agentId, event, signal);
        },
        infer: (agentId, prompt, { signal }) => agents().infer(agentId, prompt, { signal }),
        publish: ({ id, type, data }) =>
          bus.publishEvent({ subject: type, body: { event_id: id, type, data }, messageId: id }),
      },
    });
  }

  /**
   * Starts a run of a workflow of aos.json, or of the benchmark's.
   * @throws AosError AOS_NOT_FOUND, AOS_STATE_CONFLICT, AOS_MESSAGE_TOO_LARGE, AOS_STORAGE
   */
  async start(name: string, { run_id: runId, input }: StartWorkflowRequest): Promise<RunView> {
    const { workflows } = this.#options.config();
    const own = Object.hasOwn(workflows, name) ? workflows[name] : undefined;
    const definition = name === BENCHMARK_WORKFLOW ? benchmarkWorkflow : own;
    if (!definition) {
      const known = Object.keys(workflows).join(', ') || 'none';
      throw new AosError('AOS_NOT_FOUND', `There is no workflow ${name}. workflows of aos.json has ${known}.`);
    }
    const run = await this.runner.start({ workflow: name, definition, input, runId });
    // Its shard may be another replica's.
    await this.signal(run.run_id, { signal: 'wake' });
    return run;
  }

  /** Resolves when the bus has taken it. */
  async signal(runId: string, workflow: WorkflowSignal, id = newId('sig')): Promise<void> {
    const { bus, clock } = this.#options;
    const sent_at = new Date(clock.now()).toISOString();
    await bus.sendToShard(this.runner.shardOf(runId), {
      event_id: id,
      agent_id: runId,
      type: SIGNAL_TYPE,
      sent_at,
      workflow,
    });
  }

  /** An agent has handled an event that a run has sent: the run is told. */
  async onOutcome({ event_id, result, error }: Outcome): Promise<void> {
    const runId = runIdOf(event_id);
    if (runId === undefined) return;
    const failed = error === undefined ? {} : { error };
    await this.signal(runId, { signal: 'outcome', event_id, result, ...failed }, `${event_id}.outcome`.slice(-128));
  }

  /** An agent's event that names a run in its data is that run's, too. */
  async onPublished({ event_id, type, data }: PublishedEvent): Promise<void> {
    const runId = data !== null && typeof data === 'object' && 'run_id' in data ? data.run_id : undefined;
    if (typeof runId !== 'string') return;
    await this.signal(runId, { signal: 'event', id: event_id, type, data }, `${event_id}.run`.slice(-128));
  }

  /**
   * Brings a signal to its run.
   * @throws AosError if it could not be kept; then the message is given back to the bus
   */
  async handle({ agent_id: runId, workflow }: AgentMessage & { workflow: WorkflowSignal }): Promise<void> {
    const delivery = await this.#bring(runId, workflow);
    if (delivery !== 'not_held') return;
    throw new AosError('AOS_NOT_RUNNING', `The run ${runId} is not held here (yet).`);
  }

  #bring(runId: string, workflow: WorkflowSignal) {
    const { runner } = this;
    switch (workflow.signal) {
      case 'wake':
        return runner.wake(runId);
      case 'outcome':
        return runner.outcome(workflow);
      case 'event':
        return runner.raise(runId, workflow);
      case 'cancel':
        return runner.cancel(runId, workflow.reason);
      case 'decide': {
        const { step_id: stepId, approved, comment, by } = workflow;
        return runner.decide(runId, { stepId, approved, comment, by });
      }
    }
  }
}
