import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const WINDOW_MS = 20_000;
const MINUTE_MS = 60_000;
const broker = useBroker(
  {
    queues: [
      { name: 'scheduled' },
      { name: 'cancelled' },
      { name: 'expiring', deadLetteringOnMessageExpiration: true },
      { name: 'locked', deadLetteringOnMessageExpiration: true },
      { name: 'dropping', defaultMessageTimeToLiveMs: 5000 },
      { name: 'unique', requiresDuplicateDetection: true, duplicateDetectionHistoryTimeWindowMs: WINDOW_MS },
      { name: 'by-session', requiresDuplicateDetection: true, requiresSession: true },
    ],
    topics: [{ name: 'brief', defaultMessageTimeToLiveMs: 5000, subscriptions: [{ name: 'all' }] }],
  },
  { manualClock: true },
);
/** By the broker's clock. */
const timeIn = async (ms: number) => new Date((await broker.advance(0)) + ms);

describe('scheduled messages', { timeout: 20_000 }, () => {
  it('appear at their time, by annotation and by operation', async () => {
    const client = broker.client();
    const sender = client.createSender('scheduled');
    const receiver = client.createReceiver('scheduled');
    const due = await timeIn(MINUTE_MS);
    await sender.sendMessages({ body: 'annotated', scheduledEnqueueTimeUtc: due });
    const [number] = await sender.scheduleMessages({ body: 'by operation' }, due);
    expect(number!.toNumber()).toBe(2);
    const peeked = await receiver.peekMessages(10);
    expect(peeked.map(({ body, state }) => [body, state])).toEqual([
      ['annotated', 'scheduled'],
      ['by operation', 'scheduled'],
    ]);

    await broker.advance(MINUTE_MS - 1);
    expect(await broker.stats('scheduled')).toMatchObject({ active: 0, scheduled: 2 });
    await broker.advance(1);
    expect(await broker.stats('scheduled')).toMatchObject({ active: 2, scheduled: 0 });
    const messages = await receiver.receiveMessages(2, { maxWaitTimeInMs: 5000 });
    expect(messages.map(({ body }) => body)).toEqual(['annotated', 'by operation']);
    for (const message of messages) {
      expect(message.enqueuedTimeUtc).toEqual(due);
      expect(message.scheduledEnqueueTimeUtc).toEqual(due);
      expect(message.state).toBe('active');
      await receiver.completeMessage(message);
    }
  });

  it('can be cancelled, once', async () => {
    const client = broker.client();
    const sender = client.createSender('cancelled');
    const numbers = await sender.scheduleMessages([{ body: 1 }, { body: 2 }, { body: 3 }], await timeIn(MINUTE_MS));
    expect(numbers).toHaveLength(3);
    await sender.cancelScheduledMessages(numbers.slice(0, 2));
    expect(await broker.stats('cancelled')).toMatchObject({ scheduled: 1 });
    await expect(sender.cancelScheduledMessages(numbers[0]!)).rejects.toMatchObject({ code: 'MessageNotFound' });
    await sender.cancelScheduledMessages(numbers[2]!);
    await broker.advance(MINUTE_MS);
    expect(await broker.stats('cancelled')).toMatchObject({ active: 0, scheduled: 0 });
  });
});

describe('time to live', { timeout: 20_000 }, () => {
  it('dead-letters expired messages where that is asked for', async () => {
    const client = broker.client();
    await client.createSender('expiring').sendMessages([{ body: 'old', timeToLive: 1000 }, { body: 'kept' }]);
    await broker.advance(999);
    expect(await broker.stats('expiring')).toMatchObject({ active: 2, deadLetter: 0 });
    await broker.advance(1);
    expect(await broker.stats('expiring')).toMatchObject({ active: 1, deadLetter: 1 });
    const deadLetters = client.createReceiver('expiring', { subQueueType: 'deadLetter' });
    const [dead] = await deadLetters.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    expect(dead).toMatchObject({
      body: 'old',
      deadLetterReason: 'TTLExpiredException',
      deadLetterErrorDescription: 'The message expired and was dead lettered.',
    });
  });

  it('lets a receiver finish what it holds, and takes away what it gives back', async () => {
    const client = broker.client();
    await client.createSender('locked').sendMessages([
      { body: 'finished', timeToLive: 1000 },
      { body: 'given back', timeToLive: 1000 },
    ]);
    const receiver = client.createReceiver('locked', { maxAutoLockRenewalDurationInMs: 0 });
    const [finished, givenBack] = await receiver.receiveMessages(2);
    await broker.advance(2000);
    await receiver.completeMessage(finished!);
    await receiver.abandonMessage(givenBack!);
    expect(await broker.stats('locked')).toMatchObject({ active: 0, locked: 0, deadLetter: 1 });
  });

  it('drops them elsewhere, by the default of the queue or the topic too', async () => {
    const client = broker.client();
    await client.createSender('dropping').sendMessages({ body: 'short', timeToLive: MINUTE_MS });
    await client.createSender('brief').sendMessages({ body: 'short' });
    const receivers = [client.createReceiver('dropping'), client.createReceiver('brief', 'all')];
    for (const receiver of receivers) {
      const [peeked] = await receiver.peekMessages(1);
      expect(peeked!.expiresAtUtc!.getTime()).toBe(peeked!.enqueuedTimeUtc!.getTime() + 5000);
    }
    await broker.advance(5000);
    for (const name of ['dropping', 'brief/Subscriptions/all']) {
      expect(await broker.stats(name)).toMatchObject({ active: 0, deadLetter: 0 });
    }
  });
});

describe('duplicate detection', { timeout: 20_000 }, () => {
  it('accepts and drops a message id that it has seen, also within a batch and when scheduled', async () => {
    const client = broker.client();
    const sender = client.createSender('unique');
    await sender.sendMessages({ body: 'first', messageId: 'a' });
    await sender.sendMessages({ body: 'again', messageId: 'a', partitionKey: 'p' });
    await sender.sendMessages([
      { body: 'batch', messageId: 'b' },
      { body: 'batch again', messageId: 'b' },
    ]);
    await sender.scheduleMessages({ body: 'scheduled', messageId: 'a' }, await timeIn(1000));
    expect(await broker.stats('unique')).toMatchObject({ active: 2, scheduled: 0 });
    const peeked = await client.createReceiver('unique').peekMessages(10);
    expect(peeked.map(({ body }) => body)).toEqual(['first', 'batch']);
  });

  it('forgets an id when its window is over, whatever became of the message', async () => {
    const client = broker.client();
    const sender = client.createSender('unique');
    await sender.sendMessages({ body: 'first', messageId: 'w' });
    const before = await broker.stats('unique');
    await broker.advance(WINDOW_MS - 1);
    await sender.sendMessages({ body: 'too early', messageId: 'w' });
    expect(await broker.stats('unique')).toEqual(before);
    await broker.advance(1);
    await sender.sendMessages({ body: 'second', messageId: 'w' });
    expect(await broker.stats('unique')).toEqual({ ...before, active: before.active + 1 });
  });

  it('looks at the message id alone, not at the session', async () => {
    const client = broker.client();
    const sender = client.createSender('by-session');
    await sender.sendMessages({ body: 1, messageId: 'm', sessionId: 'a' });
    await sender.sendMessages({ body: 2, messageId: 'm', sessionId: 'b' });
    expect(await broker.stats('by-session')).toMatchObject({ active: 1, sessions: [{ id: 'a' }] });
  });
});
