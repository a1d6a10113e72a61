import { randomUUID } from 'node:crypto';
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const names = ['plain', 'typed', 'batch', 'long-link', 'drain', 'delete', 'handler', 'competing', 'singles'];
const broker = useBroker({ queues: names.map((name) => ({ name })) });

/** The SDK does not export this type by its name. */
type AmqpAnnotatedMessage = ServiceBusReceivedMessage['_rawAmqpMessage'];

/** Receives and completes until `count` messages are there. */
async function receiveAll(receiver: ServiceBusReceiver, count: number): Promise<ServiceBusReceivedMessage[]> {
  const received: ServiceBusReceivedMessage[] = [];
  while (received.length < count) {
    const messages = await receiver.receiveMessages(250, { maxWaitTimeInMs: 5000 });
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    received.push(...messages);
  }
  return received;
}

describe('sending and receiving', { timeout: 20_000 }, () => {
  it('delivers a message with everything that was put into it', async () => {
    const client = broker.client();
    const sent = {
      body: { text: 'grüße', nested: [1, 2.5, null, true] },
      messageId: 'm-1',
      correlationId: 'c-1',
      contentType: 'application/json',
      subject: 'created',
      to: 'somewhere',
      replyTo: 'back',
      replyToSessionId: 'reply-session',
      partitionKey: 'p',
      timeToLive: 3_600_000,
      applicationProperties: {
        text: 'a',
        int: 42,
        negative: -7,
        double: 1.5,
        yes: true,
        no: false,
        when: new Date(1.7e12),
      },
    };
    await client.createSender('plain').sendMessages(sent);
    const receiver = client.createReceiver('plain', { skipConvertingDate: true });
    const [message] = await receiver.receiveMessages(1);
    expect(message).toMatchObject(sent);
    expect(message!.deliveryCount).toBe(0);
    expect(message!.sequenceNumber?.toNumber()).toBe(1);
    expect(message!.enqueuedSequenceNumber).toBe(1);
    expect(message!.state).toBe('active');
    expect(message!.lockToken).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(Math.abs(message!.enqueuedTimeUtc!.getTime() - Date.now())).toBeLessThan(5000);
    expect(message!.lockedUntilUtc!.getTime()).toBeGreaterThan(Date.now() + 50_000);
    expect(message!.expiresAtUtc!.getTime()).toBe(message!.enqueuedTimeUtc!.getTime() + 3_600_000);
    await receiver.completeMessage(message!);
    expect(await broker.stats('plain')).toMatchObject({ active: 0, locked: 0 });
  });

  it('gives an id to a message that has none, so that it can be completed and renewed', async () => {
    const client = broker.client();
    await client.createSender('plain').sendMessages({ body: 'no id', subject: 'kept' });
    const receiver = client.createReceiver('plain');
    const [message] = await receiver.receiveMessages(1);
    expect(message!.messageId).toMatch(/^[0-9a-f]{32}$/);
    expect(message!.subject).toBe('kept');
    await receiver.completeMessage(message!);
  });

  it('keeps AMQP types and body kinds exactly', async () => {
    const client = broker.client();
    const sender = client.createSender('typed');
    const { types } = rhea;
    const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const typed = {
      uuid: types.wrap_uuid(uuid),
      long: types.wrap_long(Buffer.from('7fffffffffffffff', 'hex')),
      byte: types.wrap_byte(-1),
      ushort: types.wrap_ushort(65_535),
      float: types.wrap_float(0.5),
      symbol: types.wrap_symbol('sym'),
      date: types.wrap_timestamp(1_700_000_000_123),
      binary: types.wrap_binary(Buffer.from([0, 1, 255])),
    };
    const value: AmqpAnnotatedMessage = {
      bodyType: 'value',
      body: typed,
      applicationProperties: typed as unknown as Record<string, string>,
      messageAnnotations: { 'x-own': 'mine' },
    };
    await sender.sendMessages(value);
    await sender.sendMessages({ bodyType: 'sequence', body: [[1, 'two', null]] } as AmqpAnnotatedMessage);
    await sender.sendMessages({ body: Buffer.from([0, 1, 2, 255]) });

    const receiver = client.createReceiver('typed', { skipConvertingDate: true });
    const [first, second, third] = await receiver.receiveMessages(3);
    const raw = first!._rawAmqpMessage;
    const expected = { uuid, byte: -1, ushort: 65_535, float: 0.5, symbol: 'sym', date: new Date(1_700_000_000_123) };
    expect(raw.bodyType).toBe('value');
    expect(raw.body).toMatchObject({
      ...expected,
      binary: Buffer.from([0, 1, 255]),
      long: Buffer.from('7fffffffffffffff', 'hex'),
    });
    expect(raw.applicationProperties).toMatchObject({ ...expected, binary: Buffer.from([0, 1, 255]) });
    expect(raw.messageAnnotations).toMatchObject({ 'x-own': 'mine' });
    expect(second!._rawAmqpMessage.bodyType).toBe('sequence');
    expect(second!.body).toEqual([[1, 'two', null]]);
    expect(third!.body).toEqual(Buffer.from([0, 1, 2, 255]));
    for (const message of [first!, second!, third!]) await receiver.completeMessage(message);
  });

  it('brings 1,000 messages of a batch back in order, unchanged', async () => {
    const client = broker.client();
    const sender = client.createSender('batch');
    const bodies = Array.from({ length: 1000 }, (_, n) => ({ n, id: randomUUID(), bytes: 'x'.repeat(n % 97) }));
    const batch = await sender.createMessageBatch();
    for (const body of bodies) {
      expect(batch.tryAddMessage({ body, messageId: `id-${body.n}`, applicationProperties: { n: body.n } })).toBe(true);
    }
    await sender.sendMessages(batch);

    const received = await receiveAll(client.createReceiver('batch'), bodies.length);
    expect(received.map(({ body }) => body)).toEqual(bodies);
    expect(received.map(({ messageId }) => messageId)).toEqual(bodies.map(({ n }) => `id-${n}`));
    expect(received.map(({ applicationProperties }) => applicationProperties!.n)).toEqual(bodies.map(({ n }) => n));
    expect(await broker.stats('batch')).toMatchObject({ active: 0, locked: 0 });
  });

  it('serves more messages over one link than a session buffer holds', async () => {
    const client = broker.client();
    const sender = client.createSender('long-link');
    const total = 5000;
    for (let sent = 0; sent < total; sent += 500) {
      await sender.sendMessages(Array.from({ length: 500 }, (_, n) => ({ body: sent + n })));
    }
    const received = await receiveAll(client.createReceiver('long-link'), total);
    expect(received.map(({ body }) => body)).toEqual(Array.from({ length: total }, (_, n) => n));
  });

  it('sends thousands of single messages over one link', async () => {
    const client = broker.client();
    const sender = client.createSender('singles');
    const total = 4000;
    const next = { n: 0 };
    const worker = async () => {
      while (next.n < total) await sender.sendMessages({ body: next.n++ });
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    expect(await broker.stats('singles')).toMatchObject({ active: total });
  });

  it('answers a receive on an empty queue when its time is up, and the link goes on', async () => {
    const client = broker.client();
    const receiver = client.createReceiver('drain');
    const sender = client.createSender('drain');
    for (let round = 0; round < 3; round++) {
      const startedMs = performance.now();
      expect(await receiver.receiveMessages(10, { maxWaitTimeInMs: 100 })).toEqual([]);
      expect(performance.now() - startedMs).toBeLessThan(1000);
      await sender.sendMessages([{ body: round }, { body: round }]);
      const messages = await receiver.receiveMessages(2, { maxWaitTimeInMs: 5000 });
      expect(messages.map(({ body }) => body)).toEqual([round, round]);
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    }
    // Fewer than asked for: the rest of the credit is drained, about a second after the first message.
    await sender.sendMessages({ body: 'one' });
    const [message, ...others] = await receiver.receiveMessages(5, { maxWaitTimeInMs: 5000 });
    expect(others).toEqual([]);
    await receiver.completeMessage(message!);
    expect(await broker.stats('drain')).toMatchObject({ active: 0, locked: 0 });
  });

  it('deletes what it delivers in receiveAndDelete mode', async () => {
    const client = broker.client();
    await client.createSender('delete').sendMessages(Array.from({ length: 20 }, (_, body) => ({ body })));
    const receiver = client.createReceiver('delete', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(15, { maxWaitTimeInMs: 5000 });
    expect(messages.map(({ body }) => body)).toEqual(Array.from({ length: 15 }, (_, n) => n));
    expect(await broker.stats('delete')).toMatchObject({ active: 5, locked: 0 });
  });

  it('calls a subscribed handler for every message and completes them by itself', async () => {
    const client = broker.client();
    const receiver = client.createReceiver('handler');
    const bodies: number[] = [];
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const subscription = receiver.subscribe(
      {
        processMessage: async ({ body }) => {
          bodies.push(body);
          if (bodies.length === 300) resolve();
        },
        processError: async ({ error }) => {
          throw error;
        },
      },
      { maxConcurrentCalls: 20 },
    );
    const sender = client.createSender('handler');
    await sender.sendMessages(Array.from({ length: 300 }, (_, body) => ({ body })));
    await done;
    await subscription.close();
    await receiver.close();
    expect(bodies.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(await broker.stats('handler')).toMatchObject({ active: 0, locked: 0 });
  });

  it('shares a queue fairly between two receivers', async () => {
    const client = broker.client();
    const receivers = [client.createReceiver('competing'), client.createReceiver('competing')];
    const waiting = receivers.map((receiver) => receiver.receiveMessages(10, { maxWaitTimeInMs: 5000 }));
    // Both must have their credit at the broker before there is something to share.
    await expect.poll(async () => (await client.createReceiver('competing').peekMessages(1)).length).toBe(0);
    await client.createSender('competing').sendMessages(Array.from({ length: 20 }, (_, body) => ({ body })));
    const [first, second] = await Promise.all(waiting);
    expect([...first!, ...second!].map(({ body }) => body).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
    expect(first).toHaveLength(10);
  });
});
