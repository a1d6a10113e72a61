import type { Agenda, Appointment } from './agenda.ts';
import { DuplicateWindow } from './duplicate-window.ts';
import { BusFault, messageNotFound } from './fault.ts';
import { Message, type MessageContent } from './message.ts';

export interface InletOptions {
  requiresDuplicateDetection: boolean;
  duplicateDetectionHistoryTimeWindowMs: number;
  maxMessageSizeBytes: number;
  requiresSession: boolean;
  agenda: Agenda;
  nextSequenceNumber: () => number;
  /** Makes a message visible to receivers. */
  publish: (content: MessageContent) => void;
}

interface Scheduled {
  message: Message;
  appointment: Appointment;
}

/** The sending half of an entity: what queues and topics have in common. Checks, drops duplicates, and schedules. */
export class Inlet {
  readonly #options: InletOptions;
  readonly #duplicates: DuplicateWindow | undefined;
  readonly #scheduled = new Map<number, Scheduled>();

  constructor(options: InletOptions) {
    this.#options = options;
    if (options.requiresDuplicateDetection) {
      this.#duplicates = new DuplicateWindow(options.duplicateDetectionHistoryTimeWindowMs);
    }
  }

  get maxMessageSizeBytes(): number {
    return this.#options.maxMessageSizeBytes;
  }

  get scheduledCount(): number {
    return this.#scheduled.size;
  }

  /**
   * Takes messages in, all or none; those with a scheduled time in the future wait for it.
   * @throws BusFault message-too-large, not-allowed (no session id)
   */
  send(contents: readonly MessageContent[]): void {
    this.#check(contents);
    const nowMs = this.#options.agenda.now();
    for (const content of contents) {
      if (this.#isDuplicate(content)) continue;
      if (content.scheduledAtMs !== undefined && content.scheduledAtMs > nowMs)
        this.#schedule(content, content.scheduledAtMs);
      else this.#options.publish(content);
    }
  }

  /**
   * Schedules messages for their scheduled time (at once if that has passed), all or none.
   * @returns their numbers, by which they can be cancelled until then
   */
  schedule(contents: readonly MessageContent[]): number[] {
    this.#check(contents);
    return contents.map((content) => {
      // The number of a duplicate names nothing, as in Azure: it was accepted and dropped.
      if (this.#isDuplicate(content)) return this.#options.nextSequenceNumber();
      return this.#schedule(content, content.scheduledAtMs ?? this.#options.agenda.now());
    });
  }

  /**
   * Cancels scheduled messages, all or none.
   * @throws BusFault message-not-found
   */
  cancel(sequenceNumbers: readonly number[]): void {
    const unknown = sequenceNumbers.find((sequenceNumber) => !this.#scheduled.has(sequenceNumber));
    if (unknown !== undefined) throw messageNotFound(unknown);
    for (const sequenceNumber of sequenceNumbers) {
      this.#options.agenda.cancel(this.#scheduled.get(sequenceNumber)?.appointment);
      this.#scheduled.delete(sequenceNumber);
    }
  }

  /** Scheduled messages from a sequence number on. */
  *peek(fromSequenceNumber: number): Generator<Message> {
    for (const { message } of this.#scheduled.values()) {
      if (message.sequenceNumber >= fromSequenceNumber) yield message;
    }
  }

  #check(contents: readonly MessageContent[]): void {
    const { maxMessageSizeBytes, requiresSession } = this.#options;
    for (const { sizeBytes, sessionId } of contents) {
      if (sizeBytes > maxMessageSizeBytes) throw messageTooLarge(sizeBytes, maxMessageSizeBytes);
      if (requiresSession && sessionId === undefined) {
        throw new BusFault(
          'not-allowed',
          'The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.',
        );
      }
    }
  }

  /** Only the message id counts, not the session or the partition key: so it is in Azure without partitioning. */
  #isDuplicate({ messageId }: MessageContent): boolean {
    return this.#duplicates?.isDuplicate(messageId, this.#options.agenda.now()) ?? false;
  }

  #schedule(content: MessageContent, dueMs: number): number {
    const { agenda, nextSequenceNumber, publish } = this.#options;
    const sequenceNumber = nextSequenceNumber();
    const message = new Message(content, sequenceNumber, sequenceNumber, agenda.now());
    message.state = 'scheduled';
    const appointment = agenda.at(dueMs, () => {
      this.#scheduled.delete(sequenceNumber);
      // Like a message sent now: with a new number and a new enqueued time.
      publish(content);
    });
    this.#scheduled.set(sequenceNumber, { message, appointment });
    return sequenceNumber;
  }
}

export const messageTooLarge = (sizeBytes: number, limitBytes: number) =>
  new BusFault(
    'message-too-large',
    `The received message (size:${sizeBytes} bytes) exceeds the limit (${limitBytes} bytes) currently allowed on the link.`,
  );
