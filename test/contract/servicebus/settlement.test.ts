import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const broker = useBroker({
  queues: [
    { name: 'abandon' },
    { name: 'defer' },
    { name: 'dead', maxDeliveryCount: 3 },
    { name: 'count', maxDeliveryCount: 3 },
  ],
});

describe('settling', { timeout: 20_000 }, () => {
  it('abandons: back to its place, delivery count + 1, properties modified', async () => {
    const client = broker.client();
    const sender = client.createSender('abandon');
    await sender.sendMessages([
      { body: 'first', applicationProperties: { kept: 1, changed: 'old' } },
      { body: 'second' },
    ]);
    const receiver = client.createReceiver('abandon');
    const [first] = await receiver.receiveMessages(1);
    await receiver.abandonMessage(first!, { changed: 'new', added: true, number: -3 });
    const [again, second] = await receiver.receiveMessages(2);
    expect(again).toMatchObject({
      body: 'first',
      deliveryCount: 1,
      sequenceNumber: first!.sequenceNumber,
      applicationProperties: { kept: 1, changed: 'new', added: true, number: -3 },
    });
    expect(again!.lockToken).not.toBe(first!.lockToken);
    expect(second!.body).toBe('second');
    await receiver.completeMessage(again!);
    await receiver.completeMessage(second!);
  });

  it('defers: only its sequence number brings it back', async () => {
    const client = broker.client();
    await client.createSender('defer').sendMessages([{ body: 'later' }, { body: 'now' }]);
    const receiver = client.createReceiver('defer');
    const [later] = await receiver.receiveMessages(1);
    await receiver.deferMessage(later!, { why: 'not yet' });
    const [now] = await receiver.receiveMessages(1);
    expect(now!.body).toBe('now');
    await receiver.completeMessage(now!);
    expect(await broker.stats('defer')).toMatchObject({ active: 0, deferred: 1 });
    const [peeked] = await receiver.peekMessages(1);
    expect(peeked).toMatchObject({ body: 'later', state: 'deferred' });

    const [deferred] = await receiver.receiveDeferredMessages(later!.sequenceNumber!);
    expect(deferred).toMatchObject({ body: 'later', deliveryCount: 1, applicationProperties: { why: 'not yet' } });
    await receiver.abandonMessage(deferred!);
    const [again] = await receiver.receiveDeferredMessages([later!.sequenceNumber!]);
    expect(again!.deliveryCount).toBe(2);
    await receiver.completeMessage(again!);
    await expect(receiver.receiveDeferredMessages(later!.sequenceNumber!)).rejects.toMatchObject({
      code: 'MessageNotFound',
    });
    expect(await broker.stats('defer')).toMatchObject({ active: 0, deferred: 0, locked: 0 });
  });

  it('dead-letters a deferred message through $management, with reason and properties', async () => {
    const client = broker.client();
    await client.createSender('defer').sendMessages({ body: 'bad' });
    const receiver = client.createReceiver('defer');
    const [message] = await receiver.receiveMessages(1);
    await receiver.deferMessage(message!);
    const [deferred] = await receiver.receiveDeferredMessages(message!.sequenceNumber!);
    await receiver.deadLetterMessage(deferred!, { deadLetterReason: 'R', deadLetterErrorDescription: 'D', extra: 7 });
    const [dead] = await client.createReceiver('defer', { subQueueType: 'deadLetter' }).peekMessages(1);
    expect(dead).toMatchObject({
      body: 'bad',
      deadLetterReason: 'R',
      deadLetterErrorDescription: 'D',
      applicationProperties: { extra: 7 },
    });
  });

  it('receives and deletes deferred messages at once', async () => {
    const client = broker.client();
    await client.createSender('defer').sendMessages({ body: 'gone' });
    const receiver = client.createReceiver('defer');
    const [message] = await receiver.receiveMessages(1);
    await receiver.deferMessage(message!);
    const deleting = client.createReceiver('defer', { receiveMode: 'receiveAndDelete' });
    const [deferred] = await deleting.receiveDeferredMessages(message!.sequenceNumber!);
    expect(deferred!.body).toBe('gone');
    expect(await broker.stats('defer')).toMatchObject({ active: 0, deferred: 0 });
  });

  it('dead-letters with reason, description and properties, and serves the dead-letter queue like any other', async () => {
    const client = broker.client();
    await client
      .createSender('dead')
      .sendMessages({ body: 'bad', messageId: 'id', applicationProperties: { kept: 1 } });
    const receiver = client.createReceiver('dead');
    const [message] = await receiver.receiveMessages(1);
    await receiver.deadLetterMessage(message!, {
      deadLetterReason: 'Bad',
      deadLetterErrorDescription: 'cannot parse',
      extra: 'x',
    });
    expect(await broker.stats('dead')).toMatchObject({ active: 0, deadLetter: 1 });

    const deadLetters = client.createReceiver('dead', { subQueueType: 'deadLetter' });
    const [dead] = await deadLetters.receiveMessages(1);
    expect(dead).toMatchObject({
      body: 'bad',
      messageId: 'id',
      deadLetterReason: 'Bad',
      deadLetterErrorDescription: 'cannot parse',
      deadLetterSource: 'dead',
      deliveryCount: 0,
      applicationProperties: {
        kept: 1,
        extra: 'x',
        DeadLetterReason: 'Bad',
        DeadLetterErrorDescription: 'cannot parse',
      },
    });
    await expect(deadLetters.deadLetterMessage(dead!)).rejects.toThrow('cannot be dead-lettered again');
    await expect.poll(async () => (await broker.stats('dead')).deadLetter).toBe(1);
  });

  it('gives up after the maximum of deliveries', async () => {
    const client = broker.client();
    await client.createSender('count').sendMessages({ body: 'poison' });
    const receiver = client.createReceiver('count');
    for (let attempt = 0; attempt < 3; attempt++) {
      const [message] = await receiver.receiveMessages(1);
      expect(message!.deliveryCount).toBe(attempt);
      await receiver.abandonMessage(message!);
    }
    expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 50 })).toEqual([]);
    const [dead] = await client.createReceiver('count', { subQueueType: 'deadLetter' }).receiveMessages(1);
    expect(dead).toMatchObject({
      body: 'poison',
      deliveryCount: 3,
      deadLetterReason: 'MaxDeliveryCountExceeded',
      deadLetterErrorDescription: 'Message could not be consumed after 3 delivery attempts.',
    });
  });
});
