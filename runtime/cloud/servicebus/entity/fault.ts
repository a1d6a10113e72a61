/** Why the broker refuses something; the protocol layer maps each kind to an AMQP condition and a status code. */
export type FaultKind =
  | 'not-found'
  | 'entity-disabled'
  | 'entity-exists'
  | 'not-allowed'
  | 'unauthorized'
  | 'argument'
  | 'message-too-large'
  | 'message-not-found'
  | 'message-lock-lost'
  | 'session-lock-lost'
  | 'session-cannot-be-locked'
  | 'timeout'
  | 'not-implemented'
  | 'internal';

/** A refusal, with the text that clients see (the texts are those of Azure: some clients read them). */
export class BusFault extends Error {
  override readonly name = 'BusFault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, description: string, options: { cause?: unknown } = {}) {
    super(description, options);
    this.kind = kind;
  }
}

export const messageLockLost = () =>
  new BusFault(
    'message-lock-lost',
    'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
  );

export const sessionLockLost = (sessionId: string) =>
  new BusFault(
    'session-lock-lost',
    `The session lock has expired on the MessageSession '${sessionId}'. Accept a new MessageSession.`,
  );

export const sessionCannotBeLocked = (sessionId: string) =>
  new BusFault(
    'session-cannot-be-locked',
    `The requested session '${sessionId}' cannot be accepted. It may be locked by another receiver.`,
  );

export const messageNotFound = (sequenceNumber: number) =>
  new BusFault(
    'message-not-found',
    `Failed to lock one or more specified messages. The message with sequence number '${sequenceNumber}' was not found.`,
  );
