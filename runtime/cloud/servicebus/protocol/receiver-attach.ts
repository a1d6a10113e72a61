import type { Logger } from '../../../core/logger.ts';
import { BusFault } from '../entity/fault.ts';
import type { MessageQueue } from '../entity/message-queue.ts';
import type { Resolved } from '../entity/namespace.ts';
import type { SessionLock, SessionWaiter } from '../entity/session-table.ts';
import { toWireError, type WireError } from './conditions.ts';
import type { Dispositions } from './dispositions.ts';
import { EgressLink } from './egress.ts';
import type { LockTokens } from './lock-token.ts';
import { holdAttach, type RheaSender, releaseAttach, types } from './rhea.ts';

export interface ReceiverAttachOptions {
  link: RheaSender;
  resolved: Resolved;
  dispositions: Dispositions;
  tokens: LockTokens;
  logger: Logger;
}

/** An attached receiver, or one that still waits for a session. */
export interface AttachedReceiver {
  /** To be called after each round of writing. */
  retry(): void;
  /** The link is gone. */
  close(how: { failed: boolean }): void;
}

const SESSION_FILTER = 'com.microsoft:session-filter';
const TIMEOUT = 'com.microsoft:timeout';
/** How long the wait for a session is held if the client names no time: its own default is 60 s. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** An answer that comes after the client's own time-out has broken whole connections. */
const TIMEOUT_MARGIN_MS = 500;

/**
 * Answers the attach of a receiver: at once, or, for "the next session", when one is free.
 * @throws BusFault entity-disabled, not-allowed, session-cannot-be-locked
 */
export function attachReceiver(options: ReceiverAttachOptions): AttachedReceiver {
  const { link } = options;
  const messages = receivable(options.resolved);
  const wanted = sessionFilter(link);
  checkSessionMode(messages, wanted !== undefined);
  echo(link);
  if (wanted === undefined) return startEgress(options, messages, undefined);
  const receiver = new SessionReceiver(options, messages);
  if (wanted === null) receiver.waitForNext();
  else receiver.begin(messages.sessions!.lock(wanted, receiver));
  return receiver;
}

function receivable({ entity, messages }: Resolved): MessageQueue {
  if (!messages || entity.kind === 'topic') {
    throw new BusFault(
      'not-allowed',
      `A receiver cannot be created for the topic '${entity.path}': use one of its subscriptions.`,
    );
  }
  entity.checkReceive();
  return messages;
}

/** The session that the client wants; null: the next one; undefined: it wants no session. */
function sessionFilter(link: RheaSender): string | null | undefined {
  const filter = link.source?.filter;
  if (!filter || !(SESSION_FILTER in filter)) return undefined;
  const value = filter[SESSION_FILTER];
  // Some clients describe the value; then it comes wrapped.
  const plain = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
  return typeof plain === 'string' ? plain : null;
}

function checkSessionMode(messages: MessageQueue, wantsSession: boolean): void {
  if (messages.sessions && !wantsSession) {
    throw new BusFault(
      'not-allowed',
      'It is not possible for an entity that requires sessions to create a non-sessionful message receiver.',
    );
  }
  if (!messages.sessions && wantsSession) {
    throw new BusFault(
      'not-allowed',
      'A sessionful message receiver cannot be created on an entity that does not require sessions. Ensure RequiresSession is set to true when creating a Queue or Subscription to enable sessionful behavior.',
    );
  }
}

function echo(link: RheaSender): void {
  link.local.attach.snd_settle_mode = link.snd_settle_mode;
  link.local.attach.rcv_settle_mode = link.rcv_settle_mode;
  link.set_source({ address: link.source?.address ?? null });
  link.set_target({ address: link.target?.address ?? null });
}

function startEgress(
  options: ReceiverAttachOptions,
  messages: MessageQueue,
  sessionLock: SessionLock | undefined,
): EgressLink {
  const { link, dispositions, tokens, logger } = options;
  const egress = new EgressLink({ link, messages, sessionLock, dispositions, tokens, logger });
  egress.start();
  return egress;
}

/** .NET ticks: 100 ns since the year 1, as 8 bytes, since they are beyond exact numbers. */
function toTicks(timeMs: number): Buffer {
  const ticks = Buffer.alloc(8);
  ticks.writeBigInt64BE(BigInt(timeMs) * 10_000n + 621_355_968_000_000_000n);
  return ticks;
}

/** A receiver of one session, which it may have to wait for: then its attach is held back. */
export class SessionReceiver implements AttachedReceiver, SessionWaiter {
  readonly owner: string;
  readonly timeoutMs: number;
  readonly #options: ReceiverAttachOptions;
  readonly #link: RheaSender;
  readonly #messages: MessageQueue;
  #egress: EgressLink | undefined;
  #waiting = false;

  constructor(options: ReceiverAttachOptions, messages: MessageQueue) {
    const { link } = options;
    this.#options = options;
    this.#link = link;
    this.#messages = messages;
    this.owner = link.name;
    const asked = link.properties?.[TIMEOUT];
    const askedMs = typeof asked === 'number' && asked > 0 ? asked : DEFAULT_TIMEOUT_MS;
    this.timeoutMs = Math.max(askedMs - TIMEOUT_MARGIN_MS, askedMs / 2);
  }

  waitForNext(): void {
    this.#waiting = true;
    holdAttach(this.#link);
    this.#messages.sessions!.lockNext(this);
  }

  /** Tells the client which session it has, and until when, and starts to send. */
  begin(lock: SessionLock): void {
    const { source, local } = this.#link;
    this.#link.set_source({ address: source?.address ?? null, filter: { [SESSION_FILTER]: lock.session.id } });
    local.attach.properties = { 'com.microsoft:locked-until-utc': types.wrap_long(toTicks(lock.lockedUntilMs)) };
    this.#egress = startEgress(this.#options, this.#messages, lock);
  }

  readonly onGranted = (lock: SessionLock): void => {
    this.#answer();
    this.begin(lock);
  };

  readonly onTimeout = (): void => {
    this.#answer();
    const description =
      'The operation did not complete within the allotted timeout: no session with messages became free.';
    this.#link.close(toWireError(new BusFault('timeout', description)));
  };

  readonly onLost = (): void => {
    this.#egress?.close({ failed: true });
    const description =
      'The session lock was lost: it expired because it was not renewed in time. Accept the session again.';
    this.#link.close(toWireError(new BusFault('session-lock-lost', description)));
  };

  /** The broker stops: a client whose attach is held would otherwise wait for it until its own time-out. */
  refuse(error: WireError): void {
    if (!this.#waiting) return;
    this.#messages.sessions!.cancelWait(this);
    this.#answer();
    this.#link.close(error);
  }

  retry(): void {
    this.#egress?.retry();
  }

  close(how: { failed: boolean }): void {
    if (this.#waiting) {
      this.#messages.sessions!.cancelWait(this);
      // The client gave up: its detach needs an attach that it belongs to.
      this.#answer();
    }
    this.#egress?.close(how);
  }

  #answer(): void {
    this.#waiting = false;
    releaseAttach(this.#link);
  }
}
