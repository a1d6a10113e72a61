import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const subscriptions = [
  { name: 'one' },
  { name: 'two', maxDeliveryCount: 1 },
  { name: 'timed' },
  { name: 'by-session', requiresSession: true },
];
const broker = useBroker(
  { topics: [{ name: 'agent-events', requiresDuplicateDetection: true, subscriptions }] },
  { manualClock: true },
);
const topic = 'agent-events';

describe('topics', { timeout: 20_000 }, () => {
  it('give a copy to every subscription, each settled on its own', async () => {
    const client = broker.client();
    const sender = client.createSender(topic);
    await sender.sendMessages({ body: 'event', messageId: 'e-1', sessionId: 's', subject: 'done' });
    await sender.sendMessages({ body: 'event', messageId: 'e-1', sessionId: 's' });

    const one = client.createReceiver(topic, 'one');
    const [first] = await one.receiveMessages(1);
    expect(first).toMatchObject({ body: 'event', messageId: 'e-1', subject: 'done', enqueuedSequenceNumber: 1 });
    await one.completeMessage(first!);

    // Names differ without regard to case.
    const two = client.createReceiver('Agent-Events', 'TWO');
    const [second] = await two.receiveMessages(1);
    expect(second!.body).toBe('event');
    await two.abandonMessage(second!);
    const [dead] = await client.createReceiver(topic, 'two', { subQueueType: 'deadLetter' }).receiveMessages(1);
    expect(dead).toMatchObject({ body: 'event', deadLetterReason: 'MaxDeliveryCountExceeded' });

    const session = await client.acceptNextSession(topic, 'by-session');
    const [third] = await session.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    expect(third).toMatchObject({ body: 'event', sessionId: 's' });
    await session.completeMessage(third!);
    expect(await broker.stats(`${topic}/Subscriptions/one`)).toMatchObject({ active: 0, deadLetter: 0 });
    expect(await broker.stats(`${topic}/Subscriptions/two`)).toMatchObject({ active: 0, deadLetter: 1 });
  });

  it('dead-letter a message without session where the subscription requires one', async () => {
    const client = broker.client();
    await client.createSender(topic).sendMessages({ body: 'no session' });
    const [dead] = await client.createReceiver(topic, 'by-session', { subQueueType: 'deadLetter' }).receiveMessages(1);
    expect(dead).toMatchObject({ body: 'no session', deadLetterReason: 'Session ID is null.' });
  });

  it('schedule and cancel', async () => {
    const client = broker.client();
    const sender = client.createSender(topic);
    const due = new Date((await broker.advance(0)) + 60_000);
    const [cancelled] = await sender.scheduleMessages({ body: 'never' }, due);
    await sender.scheduleMessages({ body: 'later', subject: 'timed' }, due);
    await sender.cancelScheduledMessages(cancelled!);
    const before = await broker.stats(`${topic}/Subscriptions/timed`);
    await broker.advance(60_000);
    expect((await broker.stats(`${topic}/Subscriptions/timed`)).active).toBe(before.active + 1);
    const messages = await client.createReceiver(topic, 'timed').receiveMessages(before.active + 1);
    expect(messages.at(-1)).toMatchObject({ body: 'later', subject: 'timed' });
  });

  it('cannot be received from, nor subscriptions sent to', async () => {
    const client = broker.client();
    await expect(client.createReceiver(topic).receiveMessages(1)).rejects.toThrow(/use one of its subscriptions/);
    await expect(client.createSender(`${topic}/Subscriptions/one`).sendMessages({ body: 1 })).rejects.toThrow(
      /cannot be sent/,
    );
  });
});
