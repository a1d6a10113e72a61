import type { AgentState, AgentView } from '../contracts/http.ts';
import type { Priority } from '../contracts/ids.ts';
import { AosError, messageOf } from '../core/errors.ts';
import type { HostedContext } from './agent-context.ts';
import type { AgentDefinition, AgentEvent } from './define-agent.ts';

export interface PurposeDrivenAgentOptions {
  agentId: string;
  /** The one lasting purpose. */
  purpose: string;
  /** LoRA adapter it answers with; none: the base model. */
  adapterName?: string | undefined;
  /** Lane of the bulkhead. Default normal. */
  priority?: Priority;
  /** What its model is told besides its purpose. */
  instructions?: string | undefined;
  /** Gives its event handlers when it wakes; none: it asks its model with its purpose and the event. */
  load?: (() => Promise<AgentDefinition>) | undefined;
}

/** What an agent remembers of its life: kept in storage, taken over by the next replica. */
export interface AgentLife {
  state: AgentState;
  wakeCount: number;
  lastEvent: AgentView['last_event'];
  lastError: string | null;
}

export const NEW_LIFE: AgentLife = { state: 'asleep', wakeCount: 0, lastEvent: null, lastError: null };

/**
 * A perpetual agent: registered once, it sleeps and awakens on events. Its state is what it does: `running` while it
 * handles an event, then `asleep` again; `failed` after an event that could not be handled.
 */
export class PurposeDrivenAgent {
  readonly agentId: string;
  readonly purpose: string;
  readonly adapterName: string | undefined;
  readonly priority: Priority;
  readonly #instructions: string | undefined;
  readonly #load: (() => Promise<AgentDefinition>) | undefined;
  #life: AgentLife;

  constructor(options: PurposeDrivenAgentOptions, life: AgentLife = NEW_LIFE) {
    this.agentId = options.agentId;
    this.purpose = options.purpose;
    this.adapterName = options.adapterName;
    this.priority = options.priority ?? 'normal';
    this.#instructions = options.instructions;
    this.#load = options.load;
    // A life that ended in the middle of an event goes on asleep: the event is delivered again.
    this.#life = life.state === 'running' ? { ...life, state: 'asleep' } : life;
  }

  get life(): AgentLife {
    return this.#life;
  }

  /** What goes in front of every prompt to its model. */
  get systemPrompt(): string {
    const purpose = `You are ${this.agentId}. Your purpose: ${this.purpose}`;
    return this.#instructions === undefined ? purpose : `${purpose}\n${this.#instructions}`;
  }

  /**
   * Wakes, runs the handler of the event's type (or asks the model), and sleeps again.
   * @param finalAttempt the event is dead-lettered if this attempt fails: only then is the agent `failed`
   * @returns what the handler returned
   * @throws AosError AOS_HANDLER_FAILED with the handler's error as its cause
   */
  async handleEvent(
    event: AgentEvent,
    context: HostedContext,
    finalAttempt: boolean,
    at: () => string,
  ): Promise<unknown> {
    const summary = (outcome: 'handled' | 'failed' | 'retrying') => ({
      event_id: event.id,
      type: event.type,
      at: at(),
      outcome,
    });
    this.#life = { ...this.#life, state: 'running', wakeCount: this.#life.wakeCount + 1 };
    try {
      const result = await this.#run(event, context);
      this.#life = { ...this.#life, state: 'asleep', lastEvent: summary('handled'), lastError: null };
      return result;
    } catch (cause) {
      const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : messageOf(cause);
      const outcome = finalAttempt ? 'failed' : 'retrying';
      this.#life = {
        ...this.#life,
        state: finalAttempt ? 'failed' : 'asleep',
        lastEvent: summary(outcome),
        lastError: message,
      };
      throw new AosError('AOS_HANDLER_FAILED', `The handler of ${this.agentId} for ${event.type} threw ${message}`, {
        cause,
      });
    }
  }

  async #run(event: AgentEvent, context: HostedContext): Promise<unknown> {
    const definition = await this.#load?.();
    const handler = definition?.on[event.type] ?? definition?.on['*'];
    if (handler) return abortable(Promise.resolve(handler(event, context)), context.signal);
    const data = event.data === undefined ? '' : `\nIts data: ${JSON.stringify(event.data)}`;
    const answer = await context.infer(
      `The event ${event.type} happened.${data}\nWhat do you do about it, given your purpose?`,
    );
    return { answer };
  }
}

/** User code may ignore its signal: the wait for it ends all the same. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
