import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const broker = useBroker({
  queues: [
    { name: 'plain' },
    { name: 'dead', maxDeliveryCount: 1 },
    { name: 'sessions', requiresSession: true },
    { name: 'big' },
  ],
  topics: [{ name: 'topic', subscriptions: [{ name: 'sub' }] }],
});
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const bodiesOf = (messages: ServiceBusReceivedMessage[]) => messages.map(({ body }) => body);

describe('peeking', { timeout: 20_000 }, () => {
  it('walks through the queue, locked messages too, and changes nothing', async () => {
    const client = broker.client();
    await client.createSender('plain').sendMessages(upTo(10).map((body) => ({ body })));
    const receiver = client.createReceiver('plain');
    const [locked] = await receiver.receiveMessages(1);
    const first = await receiver.peekMessages(4);
    const second = await receiver.peekMessages(100);
    expect(bodiesOf([...first, ...second])).toEqual(upTo(10));
    expect(await receiver.peekMessages(1)).toEqual([]);
    const [sixth] = await receiver.peekMessages(1, { fromSequenceNumber: first[3]!.sequenceNumber!.add(2) });
    expect(sixth!.body).toBe(5);
    expect(first[1]!.lockToken).toBeUndefined();
    await receiver.completeMessage(locked!);
    expect(await broker.stats('plain')).toMatchObject({ active: 9, locked: 0 });
  });

  it('shows dead letters, of queues and subscriptions', async () => {
    const client = broker.client();
    await client.createSender('dead').sendMessages([{ body: 'a' }, { body: 'b' }]);
    const receiver = client.createReceiver('dead');
    for (const message of await receiver.receiveMessages(2)) await receiver.abandonMessage(message);
    const deadLetters = client.createReceiver('dead', { subQueueType: 'deadLetter' });
    const peeked = await deadLetters.peekMessages(10);
    expect(peeked.map(({ body, deadLetterReason, state }) => [body, deadLetterReason, state])).toEqual([
      ['a', 'MaxDeliveryCountExceeded', 'active'],
      ['b', 'MaxDeliveryCountExceeded', 'active'],
    ]);
    expect(await broker.stats('dead')).toMatchObject({ active: 0, deadLetter: 2, locked: 0 });

    await client.createSender('topic').sendMessages({ body: 'c' });
    const subscription = client.createReceiver('topic', 'sub');
    const [message] = await subscription.receiveMessages(1);
    await subscription.deadLetterMessage(message!, { deadLetterReason: 'why', deadLetterErrorDescription: 'because' });
    const [dead] = await client.createReceiver('topic', 'sub', { subQueueType: 'deadLetter' }).peekMessages(10);
    expect(dead).toMatchObject({ body: 'c', deadLetterReason: 'why' });
  });

  it('shows a session its own messages, and a receiver without one all of them', async () => {
    const client = broker.client();
    const sender = client.createSender('sessions');
    await sender.sendMessages(upTo(6).map((body) => ({ body, sessionId: body % 2 ? 'odd' : 'even' })));
    const session = await client.acceptSession('sessions', 'odd');
    const own = await session.peekMessages(10);
    expect(bodiesOf(own)).toEqual([1, 3, 5]);
    // The client would go on from where the session's peek ended.
    const fromSequenceNumber = own[0]!.sequenceNumber!.sub(1);
    const all = await client.createReceiver('sessions').peekMessages(10, { fromSequenceNumber });
    expect(bodiesOf(all)).toEqual(upTo(6));
  });

  it('gives so much at once as fits into a reply, and goes on from there', async () => {
    const client = broker.client();
    const sender = client.createSender('big');
    for (const n of upTo(6)) await sender.sendMessages({ body: Buffer.alloc(1_000_000, n) });
    const receiver = client.createReceiver('big');
    const seen: number[] = [];
    for (let messages = await receiver.peekMessages(10); messages.length > 0; ) {
      expect(messages.length).toBeLessThan(6);
      seen.push(...messages.map(({ body }) => body[0]));
      messages = await receiver.peekMessages(10);
    }
    expect(seen).toEqual(upTo(6));
  });
});
