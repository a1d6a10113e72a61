import { type Dispositions, outcome, rejectedWith } from './dispositions.ts';
import { decodeAmqp, encodeAmqp, type RheaLink, type RheaMessage, type RheaReceiver, type RheaSender } from './rhea.ts';

export interface Request {
  message: RheaMessage;
  /** The whole request as it came. */
  bytes: Buffer;
}

export interface RequestLinkOptions {
  link: RheaReceiver;
  dispositions: Dispositions;
  /** The links on which replies may go out: those of the same connection. */
  senders: Iterable<RheaSender>;
  /** Makes the reply; it must not throw. */
  answer: (request: Request) => RheaMessage;
}

/** Takes requests (`$cbs`, `$management`) and sends each reply on the link that the client paired with this one. */
export function serveRequests({ link, dispositions, senders, answer }: RequestLinkOptions): void {
  link.on('message', ({ message: bytes, delivery }) => {
    if (!delivery || !Buffer.isBuffer(bytes)) return;
    const message = decode(bytes);
    if (!message) {
      dispositions.settle(link, delivery, unreadable, true);
      return;
    }
    dispositions.settle(link, delivery, outcome.accepted, true);
    const reply = answer({ message, bytes });
    reply.correlation_id = message.message_id;
    replyLink(link, senders, message.reply_to)?.send(encodeAmqp(reply), undefined, 0);
  });
}

const unreadable = rejectedWith({ condition: 'amqp:decode-error', description: 'The request is no AMQP message.' });

function decode(bytes: Buffer): RheaMessage | undefined {
  try {
    return decodeAmqp(bytes);
  } catch {
    // There is no message id to answer to; the sender is told on the transfer itself.
    return undefined;
  }
}

/** The partner: on the same session, for the same address, and with the name or target that the request names. */
function replyLink(link: RheaLink, senders: Iterable<RheaSender>, replyTo: string | undefined): RheaSender | undefined {
  const address = link.target?.address?.toLowerCase();
  const partners = [...senders].filter(
    (sender) =>
      sender.session === link.session && sender.source?.address?.toLowerCase() === address && sender.is_open(),
  );
  return partners.find((sender) => sender.name === replyTo || sender.target?.address === replyTo) ?? partners[0];
}
