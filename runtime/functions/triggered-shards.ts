import { HandledLog, type ShardState } from '../agents/handled-log.ts';
import type { Shards, ShardWorkerOptions } from '../agents/shard-worker.ts';
import { agentMessageSchema } from '../contracts/messages.ts';
import { sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import type { ShardDelivery } from '../messaging/service-bus-manager.ts';
import { fenceEpochOf, positionOf } from '../messaging/shard-delivery.ts';
import { extractContext } from '../telemetry/propagation.ts';

/** A message of a session, as the host of Azure Functions hands it over; it holds the session's lock meanwhile. */
export interface TriggeredMessage {
  readonly body: unknown;
  readonly sessionId: string;
  readonly sequenceNumber: bigint;
  /** Failed deliveries before this one. */
  readonly deliveryCount: number;
  readonly applicationProperties: Readonly<Record<string, unknown>>;
}

/** How long a shard counts as held after its last message: its workflows go on meanwhile. */
const IDLE_MS = 60_000;
/** Pause between two looks at a change of the shards, and the longest wait for one. */
const LOOK_MS = 500;
const MAX_HOLD_MS = 60_000;

/** Nobody can stop an agent here: its messages could not be put aside. */
export type TriggeredShardsOptions = Omit<ShardWorkerOptions, 'switches' | 'store' | 'onTurned'>;

interface Recent {
  readonly handled: Promise<HandledLog>;
  /** The message that is being handled, and those that wait for it. */
  turn: Promise<void>;
  waiting: number;
  idle: Disposable | undefined;
}

/**
 * The shards of a replica on Azure Functions: their host takes the sessions and brings one message of each at a time, so that
 * the order of a shard is the order of calls. What was handled is known to this process alone, since only whoever holds a
 * session can reach its state: a message that is delivered again elsewhere is handled again.
 */
export class TriggeredShards implements Shards {
  readonly #options: TriggeredShardsOptions;
  readonly #recent = new Map<number, Recent>();
  readonly #changed = new Emitter<void>();
  readonly #cutOff = new AbortController();
  #stopped = false;

  readonly onChanged = this.#changed.event;

  constructor(options: TriggeredShardsOptions) {
    this.#options = options;
  }

  /** Numbers of the shards that messages came from in the last minute, ascending. */
  get shards(): number[] {
    return [...this.#recent.keys()].sort((a, b) => a - b);
  }

  /** Shard → messages that are being handled. */
  get backlog(): Record<number, number> {
    return Object.fromEntries([...this.#recent].map(([shard, { waiting }]) => [shard, waiting]));
  }

  async start(): Promise<void> {
    // The host takes the sessions.
  }

  /** Finishes what the host has brought; it brings no more to an app that ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#recent.values()].map(({ turn }) => turn));
    await Promise.all([...this.#recent.keys()].map((shard) => this.#leave(shard)));
  }

  /** While `stop` takes too long: what is being handled fails, and the host gives it back. */
  cutOff(): void {
    this.#cutOff.abort(new AosError('AOS_CANCELLED', 'The time to drain is over.'));
  }

  /**
   * Handles a message. Resolves when it is done with: the host completes it.
   * @throws when it must be given back. After the last attempt the bus dead-letters it, and so it does with one that nobody
   * could ever handle: the host knows no other way.
   */
  async receive(message: TriggeredMessage): Promise<void> {
    const shard = this.#shardOf(message.sessionId);
    const recent = this.#recent.get(shard) ?? this.#enter(shard);
    recent.idle?.[Symbol.dispose]();
    recent.waiting++;
    const mine = recent.turn.then(() => this.#receive(shard, recent, message));
    recent.turn = mine.catch(() => undefined);
    try {
      await mine;
    } finally {
      recent.waiting--;
      if (recent.waiting === 0) this.#leaveLater(shard, recent);
    }
  }

  async #receive(shard: number, { handled }: Recent, message: TriggeredMessage): Promise<void> {
    const { change } = this.#options;
    const epoch = fenceEpochOf(message.applicationProperties);
    if (epoch !== undefined) {
      // Everything in front of it is settled, since messages of a session come one after the other.
      if (epoch === change.layout.epoch && change.awaitsFence(shard)) await change.pass(shard);
      return;
    }
    const { delivery, settled } = deliveryOf(message);
    await this.#handle(shard, delivery, await handled);
    const failure = settled();
    if (failure) throw failure;
  }

  async #handle(shard: number, delivery: ShardDelivery, handled: HandledLog): Promise<void> {
    const { bus, change, clock, handle, lives, onOutdated } = this.#options;
    const { agent_id: agentId, workflow } = delivery.message;
    const placeNow = () => (workflow ? change.placeOfRun(shard, agentId) : change.placeOf(shard, agentId));
    const end = clock.monotonic() + MAX_HOLD_MS;
    while (placeNow().do === 'hold' && clock.monotonic() < end) {
      await sleep(LOOK_MS, { clock, signal: this.#cutOff.signal });
      if ((await change.look()).outdated) onOutdated();
    }
    const place = placeNow();
    if (place.do === 'hold') return delivery.abandon();
    if (place.do === 'forward') {
      await bus.forward(delivery, place.to);
      return delivery.complete();
    }
    try {
      const { signal } = this.#cutOff;
      // Only the host can reach the session: there is nobody to ask.
      await handle(delivery, handled, { signal, confirm: async () => signal.throwIfAborted() });
    } finally {
      // The session's next message may come to another instance, which reads what is written by then.
      await lives.handOver((id) => id === agentId);
    }
  }

  #enter(shard: number): Recent {
    const { clock, onTaken } = this.#options;
    const handled = onTaken(shard).then(() => HandledLog.open(inThisProcess(), clock));
    const recent: Recent = { handled, turn: Promise.resolve(), waiting: 0, idle: undefined };
    this.#recent.set(shard, recent);
    // The next message tries again.
    handled.catch(() => this.#recent.get(shard) === recent && this.#recent.delete(shard));
    this.#changed.fire();
    return recent;
  }

  #leaveLater(shard: number, recent: Recent): void {
    if (this.#stopped || this.#recent.get(shard) !== recent) return;
    recent.idle = this.#options.clock.setTimeout(() => {
      this.#leave(shard).catch((error) =>
        this.#options.logger.warn('the workflows of a shard could not be let go', { shard, error }),
      );
    }, IDLE_MS);
  }

  async #leave(shard: number): Promise<void> {
    this.#recent.get(shard)?.idle?.[Symbol.dispose]();
    if (!this.#recent.delete(shard)) return;
    await this.#options.onGiven(shard);
    this.#changed.fire();
  }

  #shardOf(sessionId: string): number {
    const [, digits] = /^shard-(\d+)$/.exec(sessionId) ?? [];
    const { sessions } = this.#options.change.layout;
    if (digits !== undefined && Number(digits) < sessions) return Number(digits);
    throw new AosError(
      'AOS_BAD_REQUEST',
      `The session ${sessionId} is no shard: they are shard-0 to shard-${sessions - 1}.`,
    );
  }
}

function inThisProcess(): ShardState {
  let kept: Uint8Array | undefined;
  return {
    readState: async () => kept,
    writeState: async (state) => {
      kept = state;
    },
  };
}

/** @returns the message to be handled, and how to ask what became of it: nothing, or why it goes back */
function deliveryOf(message: TriggeredMessage): { delivery: ShardDelivery; settled: () => Error | undefined } {
  const parsed = agentMessageSchema.safeParse(message.body);
  if (!parsed.success) {
    const why = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
    throw new AosError('AOS_BAD_REQUEST', `The body is not an agent message: ${why}`);
  }
  const { event_id: event } = parsed.data;
  let failure: Error | undefined = new AosError(
    'AOS_CANCELLED',
    `The event ${event} was not finished: the replica leaves.`,
  );
  const delivery: ShardDelivery = {
    message: parsed.data,
    sequenceNumber: message.sequenceNumber,
    position: positionOf(message.applicationProperties, message.sequenceNumber),
    deliveryCount: message.deliveryCount,
    trace: extractContext(message.applicationProperties),
    complete: async () => {
      failure = undefined;
    },
    abandon: async () => {
      failure = new AosError('AOS_HANDLER_FAILED', `The event ${event} is given back to the bus, see the log.`);
    },
    deadLetter: async (reason, description) => {
      failure = new AosError('AOS_HANDLER_FAILED', `The event ${event} cannot be handled: ${reason}. ${description}`);
    },
  };
  return { delivery, settled: () => failure };
}
