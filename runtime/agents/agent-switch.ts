import type { AgentAction } from '../contracts/http.ts';
import { AosError } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import { newId } from '../core/ids.ts';
import type { StateStore, WishRecord } from './state-store.ts';

/**
 * Which agents a person has stopped: rows that outlive every replica. Each replica looks at them with its heartbeat and
 * whenever it takes a shard, so an agent stays stopped wherever its shard goes; the replica that is asked looks at once.
 */
export class AgentSwitch {
  readonly #store: Pick<StateStore, 'saveWish' | 'listWishes'>;
  readonly #turned = new Emitter<string>();
  #wishes = new Map<string, WishRecord>();
  #looking: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** An agent was stopped, started or restarted, here or by another replica. */
  readonly onTurned = this.#turned.event;

  constructor(options: { store: Pick<StateStore, 'saveWish' | 'listWishes'> }) {
    this.#store = options.store;
  }

  isStopped(agentId: string): boolean {
    return this.#wishes.get(agentId)?.stopped === true;
  }

  /** Ids of the stopped agents. */
  get stopped(): string[] {
    return [...this.#wishes.keys()].filter((agentId) => this.isStopped(agentId));
  }

  /** @throws AosError AOS_AGENT_STOPPED */
  mustAnswer(agentId: string): void {
    if (!this.isStopped(agentId)) return;
    throw new AosError(
      'AOS_AGENT_STOPPED',
      `Agent ${agentId} is stopped: it answers nothing, and its events wait. Start it: aos agents start ${agentId}, or Start Agent in VS Code.`,
    );
  }

  /** Stopping a stopped agent and starting a running one change nothing. @throws AosError AOS_STORAGE */
  async turn(agentId: string, action: AgentAction): Promise<void> {
    await this.look();
    const stopped = action === 'stop';
    if (action !== 'restart' && this.isStopped(agentId) === stopped) return;
    await this.#store.saveWish({ agentId, id: newId('wish'), stopped });
    await this.look();
  }

  /**
   * Looks when the look that is under way is over, since an older one must not undo a newer one; who asks meanwhile shares it.
   * @throws AosError AOS_STORAGE
   */
  look(): Promise<void> {
    if (!this.#next) {
      this.#next = this.#looking.then(() => this.#look());
      this.#looking = this.#next.catch(() => undefined); // whoever asked for it was told
    }
    return this.#next;
  }

  async #look(): Promise<void> {
    this.#next = undefined;
    const before = this.#wishes;
    this.#wishes = new Map((await this.#store.listWishes()).map((wish) => [wish.agentId, wish]));
    const known = new Set([...before.keys(), ...this.#wishes.keys()]);
    const turned = [...known].filter((agentId) => this.#wishes.get(agentId)?.id !== before.get(agentId)?.id);
    for (const agentId of turned) this.#turned.fire(agentId);
  }
}
