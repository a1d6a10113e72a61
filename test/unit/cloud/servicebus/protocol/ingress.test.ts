import { once } from 'node:events';
import type { Sender } from 'rhea';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceBusHandle } from '../../../../../runtime/cloud/servicebus/index.ts';
import { BATCH_FORMAT } from '../../../../../runtime/cloud/servicebus/protocol/message-codec.ts';
import { RawClient, startTestBroker } from '../raw-client.ts';

let broker: ServiceBusHandle;
let client: RawClient;
let sender: Sender;

beforeEach(async () => {
  const started = await startTestBroker({
    queues: [{ name: 'q' }],
    topics: [{ name: 't', subscriptions: [{ name: 's' }] }],
  });
  broker = started.broker;
  client = await RawClient.connect(broker, started.clock.now());
  sender = await client.openSender('q');
});
afterEach(async () => {
  await client.close();
  await broker.dispose();
});

const active = () => broker.stats()[0]!.active;

function sendBytes(bytes: Buffer, format = 0) {
  (sender as unknown as { send(bytes: Buffer, tag: undefined, format: number): void }).send(bytes, undefined, format);
}

async function conditionOf(bytes: Buffer, format?: number): Promise<string> {
  const rejected = once(sender, 'rejected');
  sendBytes(bytes, format);
  const [{ delivery }] = await rejected;
  return delivery.remote_state.error.condition;
}

describe('a link to which a client sends', () => {
  it('rejects what is no message, and takes the next one', async () => {
    expect(await conditionOf(Buffer.from('no message'))).toBe('com.microsoft:argument-error');
    expect(await conditionOf(Buffer.alloc(100_000))).toBe('com.microsoft:argument-error');
    expect(await conditionOf(Buffer.from([0, 0x53, 0x75, 0xa0, 200, 1]))).toBe('com.microsoft:argument-error');
    expect(await conditionOf(Buffer.from([0, 0x53, 0x75, 0xa0, 1, 1]), BATCH_FORMAT)).toBe(
      'com.microsoft:argument-error',
    );
    expect(active()).toBe(0);
    sendBytes(Buffer.from([0, 0x53, 0x77, 0xa1, 1, 0x61]));
    await once(sender, 'accepted');
    expect(active()).toBe(1);
  });

  it('takes what comes settled without an answer', async () => {
    const settled = client.connection.open_sender({ target: { address: 'q' }, snd_settle_mode: 1 });
    await once(settled, 'sendable');
    for (let n = 0; n < 5000; n++) {
      settled.send({ body: n, message_id: n });
      if (!settled.sendable()) await once(settled, 'sendable');
    }
    await client.settled('q');
    expect(active()).toBe(5000);
  });

  it('tells its limit, and is refused for subscriptions and dead-letter queues', async () => {
    expect(sender.max_message_size).toBe(1_048_576);
    for (const address of ['t/Subscriptions/s', 'q/$DeadLetterQueue']) {
      const refused = client.connection.open_sender({ target: { address } });
      await once(refused, 'sender_error');
      expect(refused.error).toMatchObject({ condition: 'amqp:not-allowed' });
    }
  });

  it('keeps what was sent when its connection is gone in the midst of a message', async () => {
    const other = await RawClient.connect(broker, Date.UTC(2026, 0, 1));
    const link = await other.openSender('q');
    link.send({ body: 'whole', message_id: 'whole' });
    await once(link, 'accepted');
    link.send({ body: Buffer.alloc(900_000), message_id: 'cut' });
    await other.drop();
    await client.settled('q');
    expect(active()).toBeLessThanOrEqual(2);
    const receiver = client.openReceiver('q');
    receiver.link.add_credit(2);
    const [first] = await receiver.messages(1);
    expect(first!.message!.body).toBe('whole');
  });
});
