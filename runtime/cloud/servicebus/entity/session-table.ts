import type { Agenda, Appointment } from './agenda.ts';
import type { Consumer } from './consumer.ts';
import { sessionCannotBeLocked, sessionLockLost } from './fault.ts';
import type { Lock } from './message.ts';
import { ReadyList } from './ready-list.ts';

/** One session: its waiting messages, its state, and who has it. */
export interface Session {
  readonly id: string;
  readonly ready: ReadyList;
  /** Messages of any kind that belong to it: waiting, locked and deferred. */
  messageCount: number;
  state: Buffer | undefined;
  stateUpdatedAtMs: number;
  lock: SessionLock | undefined;
}

/** The exclusive right to a session's messages. */
export interface SessionLock {
  readonly session: Session;
  /** Name of the link that holds it. */
  readonly owner: string;
  lockedUntilMs: number;
  expiry: Appointment | undefined;
  /** Locks of the messages that its holder has, in order of delivery. */
  readonly held: Set<Lock>;
  /** The link, once it is ready to take messages. */
  consumer: Consumer | undefined;
  /** Called when the lock is lost without the holder's doing. */
  readonly onLost: () => void;
}

export interface SessionHolder {
  /** Name of the link; operations on the session must name it. */
  readonly owner: string;
  /** The lock ran out; the holder must let go of its link. */
  readonly onLost: () => void;
}

export interface SessionWaiter extends SessionHolder {
  readonly timeoutMs: number;
  readonly onGranted: (lock: SessionLock) => void;
  readonly onTimeout: () => void;
}

export interface SessionTableOptions {
  agenda: Agenda;
  lockDurationMs: number;
  /** Takes a message back from a holder that lost its session (`failed`: that counts as a failed delivery). */
  giveBack: (lock: Lock, failed: boolean) => void;
}

export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #sessions = new Map<string, Session>();
  /** Unlocked sessions with waiting messages, the longest waiting one first. */
  readonly #available = new Set<Session>();
  readonly #waiters = new Map<SessionWaiter, Appointment>();

  constructor(options: SessionTableOptions) {
    this.#options = options;
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  getOrCreate(id: string): Session {
    let session = this.#sessions.get(id);
    if (!session) {
      session = { id, ready: new ReadyList(), messageCount: 0, state: undefined, stateUpdatedAtMs: 0, lock: undefined };
      this.#sessions.set(id, session);
    }
    return session;
  }

  /** To be called after a session's messages changed: offers it, withdraws it, or forgets it when nothing is left. */
  refresh(session: Session): void {
    if (session.lock || session.ready.length === 0) this.#available.delete(session);
    else this.#offer(session);
    if (!session.lock && session.messageCount === 0 && !session.state) this.#sessions.delete(session.id);
  }

  /**
   * Locks a session by name; it need not exist.
   * @throws BusFault session-cannot-be-locked
   */
  lock(id: string, holder: SessionHolder): SessionLock {
    const session = this.getOrCreate(id);
    if (session.lock) throw sessionCannotBeLocked(id);
    return this.#lock(session, holder);
  }

  /** Locks the next unlocked session that has messages, now or as soon as there is one. */
  lockNext(waiter: SessionWaiter): void {
    const [session] = this.#available;
    if (session) {
      waiter.onGranted(this.#lock(session, waiter));
      return;
    }
    const { agenda } = this.#options;
    const timeout = agenda.at(agenda.now() + waiter.timeoutMs, () => {
      this.#waiters.delete(waiter);
      waiter.onTimeout();
    });
    this.#waiters.set(waiter, timeout);
  }

  cancelWait(waiter: SessionWaiter): void {
    this.#options.agenda.cancel(this.#waiters.get(waiter));
    this.#waiters.delete(waiter);
  }

  /** @returns until when it is locked now (Unix milliseconds) */
  renew(lock: SessionLock): number {
    const { agenda, lockDurationMs } = this.#options;
    agenda.cancel(lock.expiry);
    this.#startExpiry(lock, agenda.now() + lockDurationMs);
    return lock.lockedUntilMs;
  }

  /**
   * The lock of a session, if it is held (by `owner`, if that is given).
   * @throws BusFault session-lock-lost
   */
  held(id: string, owner?: string): SessionLock {
    const lock = this.#sessions.get(id)?.lock;
    if (!lock || lock.lockedUntilMs <= this.#options.agenda.now()) throw sessionLockLost(id);
    if (owner !== undefined && lock.owner !== owner) throw sessionLockLost(id);
    return lock;
  }

  /**
   * Gives a session free. Its unsettled messages go back to their places. `failed` says that this counts as a failed
   * delivery: the lock ran out, or its holder vanished; not so when the holder closed its link in good order.
   */
  release(lock: SessionLock, { failed }: { failed: boolean }): void {
    const { session } = lock;
    if (session.lock !== lock) return;
    this.#options.agenda.cancel(lock.expiry);
    lock.consumer = undefined;
    // Free only when all messages are back: the next holder must begin with the first of them.
    for (const held of lock.held) this.#options.giveBack(held, failed);
    lock.held.clear();
    session.lock = undefined;
    this.refresh(session);
  }

  setState(lock: SessionLock, state: Buffer | undefined): void {
    lock.session.state = state;
    lock.session.stateUpdatedAtMs = this.#options.agenda.now();
  }

  /**
   * Ids of the sessions whose state was set after `updatedAfterMs` (Unix milliseconds); without it, of those that have
   * messages.
   */
  list(updatedAfterMs: number | undefined): string[] {
    const ids: string[] = [];
    for (const { id, messageCount, state, stateUpdatedAtMs } of this.#sessions.values()) {
      const listed =
        updatedAfterMs === undefined ? messageCount > 0 : state !== undefined && stateUpdatedAtMs > updatedAfterMs;
      if (listed) ids.push(id);
    }
    return ids;
  }

  values(): Iterable<Session> {
    return this.#sessions.values();
  }

  #offer(session: Session): void {
    const [next] = this.#waiters;
    if (!next) {
      this.#available.add(session);
      return;
    }
    const [waiter] = next;
    this.cancelWait(waiter);
    waiter.onGranted(this.#lock(session, waiter));
  }

  #lock(session: Session, { owner, onLost }: SessionHolder): SessionLock {
    const { agenda, lockDurationMs } = this.#options;
    const lock: SessionLock = {
      session,
      owner,
      onLost,
      lockedUntilMs: 0,
      expiry: undefined,
      held: new Set(),
      consumer: undefined,
    };
    session.lock = lock;
    this.#available.delete(session);
    this.#startExpiry(lock, agenda.now() + lockDurationMs);
    return lock;
  }

  #startExpiry(lock: SessionLock, untilMs: number): void {
    lock.lockedUntilMs = untilMs;
    lock.expiry = this.#options.agenda.at(untilMs, () => {
      this.release(lock, { failed: true });
      lock.onLost();
    });
  }
}
