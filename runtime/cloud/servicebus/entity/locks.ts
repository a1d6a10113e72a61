import type { Appointment } from './agenda.ts';
import type { Message } from './message.ts';
import type { SessionLock } from './session-table.ts';

/** A message that is with a receiver. It is found by its token, also after the receiver's link is gone. */
export interface Lock {
  /** Unique in the run of the broker; the protocol makes a GUID of it. */
  readonly token: number;
  readonly message: Message;
  /** Set in session entities: then the session's lock is the lock, and this one never expires by itself. */
  readonly session: SessionLock | undefined;
  lockedUntilMs: number;
  expiry: Appointment | undefined;
}

/** A message on its way to a receiver; without a lock it is already deleted (receiveAndDelete). */
export interface Delivery {
  readonly message: Message;
  readonly lock: Lock | undefined;
}

export type ReceiveMode = 'peekLock' | 'receiveAndDelete';
