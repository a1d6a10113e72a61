import type { ParsedServiceBusEntities, ServiceBusQueue, ServiceBusTopic } from '../../../contracts/servicebus.ts';
import type { Clock } from '../../../core/clock.ts';
import { Agenda } from './agenda.ts';
import { type EntityContext, Queue, type Subscription, Topic } from './entities.ts';
import { BusFault } from './fault.ts';
import type { MessageQueue } from './message-queue.ts';

export type Entity = Queue | Topic | Subscription;

/** What an address names, e.g. `events/Subscriptions/all/$DeadLetterQueue`. */
export interface Resolved {
  entity: Entity;
  /** What can be received from; undefined for a topic. */
  messages: MessageQueue | undefined;
  deadLetter: boolean;
}

export interface EntityStats {
  /** Path, e.g. `orders` or `events/Subscriptions/all`. */
  name: string;
  /** Waiting and locked messages. */
  active: number;
  deadLetter: number;
  scheduled: number;
  deferred: number;
  /** Messages that are with receivers now. */
  locked: number;
  /** Sessions that exist; empty where the entity has none. `active`: its messages, locked and deferred ones too. */
  sessions: { id: string; locked: boolean; active: number }[];
}

const DEAD_LETTER = /\/\$deadletterqueue$/i;

/** All entities, by path; paths are compared without regard to case, as in Azure. */
export class Namespace {
  readonly agenda: Agenda;
  readonly #context: EntityContext;
  readonly #entities = new Map<string, Queue | Topic>();
  #lastLockToken = 0;

  constructor({ entities, clock }: { entities: ParsedServiceBusEntities; clock: Clock }) {
    this.agenda = new Agenda(clock);
    this.#context = { agenda: this.agenda, nextLockToken: () => ++this.#lastLockToken };
    for (const queue of entities.queues) this.addQueue(queue);
    for (const topic of entities.topics) this.addTopic(topic);
  }

  addQueue(description: ServiceBusQueue): Queue {
    return this.#add(new Queue(description, this.#context));
  }

  addTopic(description: ServiceBusTopic): Topic {
    return this.#add(new Topic(description, this.#context));
  }

  /** @throws BusFault not-found */
  resolve(address: string): Resolved {
    const deadLetter = DEAD_LETTER.test(address);
    const path = address.replace(DEAD_LETTER, '');
    const entity = this.#find(path);
    const messages = entity?.kind === 'topic' ? undefined : entity?.messages;
    // A topic has no dead-letter queue; its subscriptions do.
    if (!entity || (deadLetter && !messages)) throw notFound(address);
    return { entity, messages: deadLetter ? messages?.deadLetterQueue : messages, deadLetter };
  }

  stats(): EntityStats[] {
    return [...this.#entities.values()].flatMap((entity) =>
      entity.kind === 'queue'
        ? [statsOf(entity.path, entity.messages, entity.inlet.scheduledCount)]
        : [...entity.subscriptions.values()].map(({ path, messages }) => statsOf(path, messages, 0)),
    );
  }

  dispose(): void {
    this.agenda.dispose();
  }

  #find(path: string): Entity | undefined {
    const key = path.toLowerCase();
    const entity = this.#entities.get(key);
    if (entity) return entity;
    const [, topicKey, name] = /^(.+)\/subscriptions\/([^/]+)$/.exec(key) ?? [];
    const topic = topicKey === undefined ? undefined : this.#entities.get(topicKey);
    return topic?.kind === 'topic' ? topic.subscriptions.get(name!) : undefined;
  }

  #add<T extends Queue | Topic>(entity: T): T {
    const key = entity.path.toLowerCase();
    if (this.#entities.has(key))
      throw new BusFault('entity-exists', `The messaging entity '${entity.path}' already exists.`);
    this.#entities.set(key, entity);
    return entity;
  }
}

/** Clients recognise exactly this sentence (their code MessagingEntityNotFound). */
export const notFound = (address: string) =>
  new BusFault(
    'not-found',
    `The messaging entity '${address}' could not be found. Check the name, and that the entity exists.`,
  );

function statsOf(name: string, messages: MessageQueue, scheduled: number): EntityStats {
  const { active, deferred, locked } = messages.counts();
  const deadLetter = messages.deadLetterQueue?.counts().active ?? 0;
  const sessions = [...(messages.sessions?.values() ?? [])].map(({ id, lock, messageCount }) => ({
    id,
    locked: lock !== undefined,
    active: messageCount,
  }));
  return { name, active, deadLetter, scheduled, deferred, locked, sessions };
}
