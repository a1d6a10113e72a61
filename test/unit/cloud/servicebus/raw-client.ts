import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import rhea, {
  type Connection,
  type EventContext,
  type Message,
  type Receiver,
  type ReceiverOptions,
  type Sender,
} from 'rhea';
import { type ServiceBusHandle, startServiceBus } from '../../../../runtime/cloud/servicebus/index.ts';
import type { ServiceBusEntities } from '../../../../runtime/contracts/servicebus.ts';
import { ManualClock } from '../../../../runtime/core/clock.ts';
import { silentLogger } from '../../../../runtime/core/logger.ts';

export const KEY = 'a-key';
export const KEY_NAME = 'RootManageSharedAccessKey';

/** A broker in this process, on a clock of the test's own. */
export async function startTestBroker(
  entities: ServiceBusEntities,
): Promise<{ broker: ServiceBusHandle; clock: ManualClock }> {
  const clock = new ManualClock();
  const broker = await startServiceBus({ entities, clock, key: KEY, logger: silentLogger });
  return { broker, clock };
}

/** A shared access signature, as the Azure clients make them. */
export function sasToken(resource: string, expiresAtMs: number, { key = KEY, keyName = KEY_NAME } = {}): string {
  const sr = encodeURIComponent(resource);
  const se = Math.floor(expiresAtMs / 1000);
  const signature = createHmac('sha256', key).update(`${sr}\n${se}`).digest('base64');
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(signature)}&se=${se}&skn=${encodeURIComponent(keyName)}`;
}

/** An AMQP client below the SDK: it can do what the SDK never does. */
export class RawClient {
  readonly connection: Connection;
  #requests = 0;

  private constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Connects, with a token for the whole namespace. */
  static async connect({ port }: { port: number }, nowMs: number): Promise<RawClient> {
    const connection = rhea
      .create_container()
      .connect({ port, host: '127.0.0.1', username: 'anonymous', reconnect: false });
    for (const event of [
      'disconnected',
      'connection_error',
      'sender_error',
      'receiver_error',
      'session_error',
      'error',
    ]) {
      // An error without a listener would end the test.
      connection.on(event, () => undefined);
    }
    const client = new RawClient(connection);
    const audience = `sb://127.0.0.1:${port}/`;
    const { application_properties: answer } = await client.request('$cbs', {
      application_properties: { operation: 'put-token', name: audience, type: 'servicebus.windows.net:sastoken' },
      body: sasToken(audience, nowMs + 3_600_000),
    });
    if (answer?.['status-code'] !== 202) throw new Error(`put-token: ${JSON.stringify(answer)}`);
    return client;
  }

  /** Sends a request to `$cbs` or a `$management` node, and waits for its reply. */
  async request(address: string, message: Omit<Message, 'message_id' | 'reply_to'>): Promise<Message> {
    const session = this.connection.create_session();
    session.begin();
    const replyTo = `reply-${++this.#requests}`;
    const receiver = session.open_receiver({ source: { address }, target: { address: replyTo } });
    const sender = session.open_sender({ target: { address } });
    await once(sender, 'sendable');
    const reply = once(receiver, 'message') as Promise<[EventContext]>;
    sender.send({ ...message, body: message.body ?? null, message_id: replyTo, reply_to: replyTo });
    const [context] = await reply;
    session.close();
    return context.message!;
  }

  /** An operation of `<entity>/$management`. */
  async operate(entity: string, operation: string, body: Record<string, unknown>): Promise<Message> {
    return this.request(`${entity}/$management`, {
      application_properties: { operation: `com.microsoft:${operation}` },
      body,
    });
  }

  /** Resolves when the broker has seen all that was sent before. */
  async settled(entity: string): Promise<void> {
    await this.operate(entity, 'peek-message', { 'from-sequence-number': 0, 'message-count': 1 });
  }

  async openSender(address: string): Promise<Sender> {
    const sender = this.connection.open_sender({ target: { address } });
    await once(sender, 'sendable');
    return sender;
  }

  /** A receiver that issues no credit and settles nothing by itself. */
  openReceiver(address: string, options: ReceiverOptions = {}): TestReceiver {
    return new TestReceiver(
      this.connection.open_receiver({
        source: { address },
        credit_window: 0,
        autoaccept: false,
        autosettle: false,
        rcv_settle_mode: 1,
        ...options,
      }),
    );
  }

  async close(): Promise<void> {
    const closed = once(this.connection, 'connection_close');
    this.connection.close();
    await closed;
  }

  /** Drops the connection without a word. */
  async drop(): Promise<void> {
    const { socket } = this.connection as unknown as { socket: Socket };
    socket.destroy();
    await once(socket, 'close');
  }
}

/** A receiving link that notes what comes. */
export class TestReceiver {
  readonly link: Receiver;
  readonly received: EventContext[] = [];
  #error: { condition?: string; description?: string } | undefined;

  constructor(link: Receiver) {
    this.link = link;
    link.on('message', (context: EventContext) => this.received.push(context));
    link.on('receiver_error', () => {
      this.#error = link.error as { condition?: string };
    });
  }

  get bodies(): unknown[] {
    return this.received.map(({ message }) => message?.body);
  }

  /** Condition with which the broker closed the link. */
  get condition(): string | undefined {
    return this.#error?.condition;
  }

  async messages(count: number): Promise<EventContext[]> {
    while (this.received.length < count) await once(this.link, 'message');
    return this.received;
  }

  async closedByBroker(): Promise<string | undefined> {
    if (!this.#error) await once(this.link, 'receiver_error');
    return this.condition;
  }
}
