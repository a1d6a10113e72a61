import type { Logger } from '../../../core/logger.ts';
import type { Queue, Topic } from '../entity/entities.ts';
import { BusFault } from '../entity/fault.ts';
import { messageTooLarge } from '../entity/inlet.ts';
import { toWireError } from './conditions.ts';
import { type Dispositions, outcome, rejectedWith } from './dispositions.ts';
import { decodeTransfer } from './message-codec.ts';
import type { RheaReceiver } from './rhea.ts';

export interface IngressOptions {
  link: RheaReceiver;
  entity: Queue | Topic;
  dispositions: Dispositions;
  logger: Logger;
}

/** A link on which a client sends: every transfer goes into the entity, or back with the reason. */
export function openIngress({ link, entity, dispositions, logger }: IngressOptions): void {
  const { maxMessageSizeBytes } = entity.inlet;
  // createMessageBatch() takes its limit from here.
  link.local.attach.max_message_size = maxMessageSizeBytes;
  link.set_target({ address: link.target?.address ?? null });
  link.set_source({ address: link.source?.address ?? null });
  link.on('message', ({ message: bytes, format, delivery }) => {
    if (!delivery || !Buffer.isBuffer(bytes)) return;
    try {
      if (bytes.length > maxMessageSizeBytes) throw messageTooLarge(bytes.length, maxMessageSizeBytes);
      entity.checkSend();
      entity.inlet.send(decodeTransfer(bytes, format ?? undefined));
      dispositions.settle(link, delivery, outcome.accepted, true);
    } catch (error) {
      if (!(error instanceof BusFault)) logger.error(`Could not take in a message for '${entity.path}'`, { error });
      dispositions.settle(link, delivery, rejectedWith(toWireError(error)), true);
    }
  });
}
