import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const broker = useBroker({
  queues: [
    { name: 'scheduled' },
    { name: 'expiring', deadLetteringOnMessageExpiration: true },
    { name: 'dropping', defaultMessageTimeToLiveMs: 100 },
    { name: 'unique', requiresDuplicateDetection: true },
    { name: 'peeked' },
  ],
});
const soon = () => new Date(Date.now() + 300);
const inAnHour = () => new Date(Date.now() + 3_600_000);

describe('scheduled messages', { timeout: 20_000 }, () => {
  it('appear at their time, by annotation and by operation', async () => {
    const client = broker.client();
    const sender = client.createSender('scheduled');
    const receiver = client.createReceiver('scheduled');
    const dueMs = soon().getTime();
    await sender.sendMessages({ body: 'annotated', scheduledEnqueueTimeUtc: new Date(dueMs) });
    const [number] = await sender.scheduleMessages({ body: 'by operation' }, new Date(dueMs));
    expect(number!.toNumber()).toBe(2);
    expect(await broker.stats('scheduled')).toMatchObject({ active: 0, scheduled: 2 });
    const peeked = await receiver.peekMessages(10);
    expect(peeked.map(({ body, state }) => [body, state])).toEqual([
      ['annotated', 'scheduled'],
      ['by operation', 'scheduled'],
    ]);

    const messages = await receiver.receiveMessages(2, { maxWaitTimeInMs: 5000 });
    expect(messages.map(({ body }) => body)).toEqual(['annotated', 'by operation']);
    for (const message of messages) {
      expect(message.enqueuedTimeUtc!.getTime()).toBeGreaterThanOrEqual(dueMs);
      expect(message.scheduledEnqueueTimeUtc!.getTime()).toBe(dueMs);
      expect(message.state).toBe('active');
      await receiver.completeMessage(message);
    }
  });

  it('can be cancelled, once', async () => {
    const client = broker.client();
    const sender = client.createSender('scheduled');
    const numbers = await sender.scheduleMessages([{ body: 1 }, { body: 2 }, { body: 3 }], inAnHour());
    expect(numbers).toHaveLength(3);
    await sender.cancelScheduledMessages(numbers.slice(0, 2));
    expect(await broker.stats('scheduled')).toMatchObject({ scheduled: 1 });
    await expect(sender.cancelScheduledMessages(numbers[0]!)).rejects.toMatchObject({ code: 'MessageNotFound' });
    await sender.cancelScheduledMessages(numbers[2]!);
    expect(await broker.stats('scheduled')).toMatchObject({ scheduled: 0 });
  });
});

describe('time to live', { timeout: 20_000 }, () => {
  it('dead-letters expired messages where that is asked for', async () => {
    const client = broker.client();
    await client.createSender('expiring').sendMessages({ body: 'old', timeToLive: 50 });
    const [dead] = await client
      .createReceiver('expiring', { subQueueType: 'deadLetter' })
      .receiveMessages(1, { maxWaitTimeInMs: 5000 });
    expect(dead).toMatchObject({
      body: 'old',
      deadLetterReason: 'TTLExpiredException',
      deadLetterErrorDescription: 'The message expired and was dead lettered.',
    });
    expect(await broker.stats('expiring')).toMatchObject({ active: 0, deadLetter: 1 });
  });

  it('drops them elsewhere, by the default of the queue too', async () => {
    const client = broker.client();
    await client.createSender('dropping').sendMessages({ body: 'short', timeToLive: 3_600_000 });
    const [peeked] = await client.createReceiver('dropping').peekMessages(1);
    expect(peeked!.expiresAtUtc!.getTime()).toBe(peeked!.enqueuedTimeUtc!.getTime() + 100);
    await expect.poll(() => broker.stats('dropping')).toMatchObject({ active: 0, deadLetter: 0 });
  });
});

describe('duplicate detection', { timeout: 20_000 }, () => {
  it('accepts and drops a message id that it has seen, also within a batch and when scheduled', async () => {
    const client = broker.client();
    const sender = client.createSender('unique');
    await sender.sendMessages({ body: 'first', messageId: 'a' });
    await sender.sendMessages({ body: 'again', messageId: 'a' });
    await sender.sendMessages([
      { body: 'batch', messageId: 'b' },
      { body: 'batch again', messageId: 'b' },
    ]);
    await sender.scheduleMessages({ body: 'scheduled', messageId: 'a' }, inAnHour());
    expect(await broker.stats('unique')).toMatchObject({ active: 2, scheduled: 0 });
    const peeked = await client.createReceiver('unique').peekMessages(10);
    expect(peeked.map(({ body }) => body)).toEqual(['first', 'batch']);
  });
});

describe('peeking', { timeout: 20_000 }, () => {
  it('walks through the queue, locked messages too, and changes nothing', async () => {
    const client = broker.client();
    await client.createSender('peeked').sendMessages(Array.from({ length: 10 }, (_, body) => ({ body })));
    const receiver = client.createReceiver('peeked');
    const [locked] = await receiver.receiveMessages(1);
    const first = await receiver.peekMessages(4);
    const second = await receiver.peekMessages(100);
    expect([...first, ...second].map(({ body }) => body)).toEqual(Array.from({ length: 10 }, (_, n) => n));
    expect(await receiver.peekMessages(1)).toEqual([]);
    const [sixth] = await receiver.peekMessages(1, { fromSequenceNumber: first[3]!.sequenceNumber!.add(2) });
    expect(sixth!.body).toBe(5);
    expect(first[1]!.lockToken).toBeUndefined();
    await receiver.completeMessage(locked!);
    expect(await broker.stats('peeked')).toMatchObject({ active: 9, locked: 0 });
  });
});
