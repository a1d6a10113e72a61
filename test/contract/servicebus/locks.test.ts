import { describe, expect, it } from 'vitest';
import { startProxy } from './proxy.ts';
import { useBroker } from './use-broker.ts';

const LOCK_MS = 60_000;
const names = ['expiry', 'renewal', 'neighbours', 'links', 'cut', 'final'];
const broker = useBroker(
  {
    queues: [
      ...names.map((name) => ({ name, lockDurationMs: LOCK_MS, maxDeliveryCount: 2 })),
      { name: 'restart', lockDurationMs: LOCK_MS },
    ],
  },
  { manualClock: true },
);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const noAutoRenewal = { maxAutoLockRenewalDurationInMs: 0 };

describe('message locks', { timeout: 20_000 }, () => {
  it('make a message visible again when they run out, and refuse the late settlement', async () => {
    const client = broker.client();
    await client.createSender('expiry').sendMessages({ body: 'slow' });
    const receiver = client.createReceiver('expiry', noAutoRenewal);
    const [late] = await receiver.receiveMessages(1);
    await broker.advance(LOCK_MS - 1);
    expect(await broker.stats('expiry')).toMatchObject({ active: 1, locked: 1 });
    await broker.advance(1);
    expect(await broker.stats('expiry')).toMatchObject({ active: 1, locked: 0 });
    await expect(receiver.completeMessage(late!)).rejects.toMatchObject({ code: 'MessageLockLost' });
    await expect(receiver.renewMessageLock(late!)).rejects.toMatchObject({ code: 'MessageLockLost' });
    const [again] = await receiver.receiveMessages(1);
    expect(again).toMatchObject({ body: 'slow', deliveryCount: 1 });
    await receiver.completeMessage(again!);
  });

  it('count as failed deliveries when they run out: dead-letter at the maximum', async () => {
    const client = broker.client();
    await client.createSender('final').sendMessages({ body: 'stuck' });
    const receiver = client.createReceiver('final', noAutoRenewal);
    for (let attempt = 0; attempt < 2; attempt++) {
      const [message] = await receiver.receiveMessages(1);
      expect(message!.deliveryCount).toBe(attempt);
      await broker.advance(LOCK_MS);
    }
    expect(await broker.stats('final')).toMatchObject({ active: 0, deadLetter: 1 });
    const [dead] = await client.createReceiver('final', { subQueueType: 'deadLetter' }).receiveMessages(1);
    expect(dead).toMatchObject({ body: 'stuck', deliveryCount: 2, deadLetterReason: 'MaxDeliveryCountExceeded' });
  });

  it('are renewed by operation, so that the message stays with its receiver', async () => {
    const client = broker.client();
    await client.createSender('renewal').sendMessages({ body: 'long work' });
    const receiver = client.createReceiver('renewal', noAutoRenewal);
    const [message] = await receiver.receiveMessages(1);
    for (let renewal = 0; renewal < 4; renewal++) {
      const nowMs = await broker.advance(LOCK_MS - 1);
      const until = await receiver.renewMessageLock(message!);
      expect(until.getTime()).toBe(nowMs + LOCK_MS);
      expect(message!.lockedUntilUtc).toEqual(until);
    }
    await receiver.completeMessage(message!);
    await expect(receiver.renewMessageLock(message!)).rejects.toMatchObject({ code: 'MessageLockLost' });
  });

  it('are told apart when neighbours are settled in one breath', async () => {
    const client = broker.client();
    await client.createSender('neighbours').sendMessages([{ body: 0 }, { body: 1 }, { body: 2 }]);
    const receiver = client.createReceiver('neighbours', noAutoRenewal);
    const [kept, lost, other] = await receiver.receiveMessages(3);
    await broker.advance(LOCK_MS - 1);
    await receiver.renewMessageLock(kept!);
    await receiver.renewMessageLock(other!);
    await broker.advance(1);
    const settled = [kept!, lost!, other!].map((message) => receiver.completeMessage(message));
    const results = await Promise.allSettled(settled);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('outlive their link: the message is settled through $management', async () => {
    const client = broker.client();
    await client.createSender('links').sendMessages({ body: 'kept' });
    const receiver = client.createReceiver('links', noAutoRenewal);
    const [message] = await receiver.receiveMessages(1);
    await receiver.close();
    expect(await broker.stats('links')).toMatchObject({ active: 1, locked: 1 });
    const other = client.createReceiver('links', noAutoRenewal);
    await other.completeMessage(message!);
    expect(await broker.stats('links')).toMatchObject({ active: 0, locked: 0 });
  });

  it('bring back what a cut connection had, once, and nothing that was completed', async () => {
    await using proxy = await startProxy(broker.connectionString);
    const [doomed, client] = [broker.client({ connectionString: proxy.connectionString }), broker.client()];
    await client.createSender('cut').sendMessages(upTo(200).map((body) => ({ body })));
    const first = await doomed.createReceiver('cut', noAutoRenewal).receiveMessages(50);
    expect(first.map(({ body }) => body)).toEqual(upTo(50));
    const doomedReceiver = doomed.createReceiver('cut', noAutoRenewal);
    await Promise.all(first.slice(0, 20).map((message) => doomedReceiver.completeMessage(message)));
    proxy.cut();

    const receiver = client.createReceiver('cut', noAutoRenewal);
    const second = await receiver.receiveMessages(150);
    expect(second.map(({ body }) => body)).toEqual(upTo(200).slice(50));
    await Promise.all(second.map((message) => receiver.completeMessage(message)));
    expect(await broker.stats('cut')).toMatchObject({ active: 30, locked: 30 });
    await broker.advance(LOCK_MS);
    const third = await receiver.receiveMessages(30);
    expect(third.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual(
      upTo(50)
        .slice(20)
        .map((n) => [n, 1]),
    );
    await Promise.all(third.map((message) => receiver.completeMessage(message)));
    expect(await broker.stats('cut')).toMatchObject({ active: 0, locked: 0, deadLetter: 0 });
  });

  it('let a subscriber go on after its connection was cut: every message is handled', async () => {
    await using proxy = await startProxy(broker.connectionString);
    const doomed = broker.client({
      connectionString: proxy.connectionString,
      retryOptions: { maxRetries: 5, retryDelayInMs: 10, maxRetryDelayInMs: 50 },
    });
    const client = broker.client();
    const total = 400;
    await client.createSender('restart').sendMessages(upTo(total).map((body) => ({ body })));
    const receiver = doomed.createReceiver('restart', noAutoRenewal);
    const handled = new Set<number>();
    receiver.subscribe(
      {
        processMessage: async ({ body }) => {
          handled.add(body);
          if (handled.size === total / 2) proxy.cut();
        },
        // The cut, and the settlements that it took with it.
        processError: async () => undefined,
      },
      { maxConcurrentCalls: 20 },
    );
    await expect
      .poll(
        async () => {
          await broker.advance(LOCK_MS);
          const { active, deadLetter } = await broker.stats('restart');
          return [handled.size, active, deadLetter];
        },
        { timeout: 15_000, interval: 100 },
      )
      .toEqual([total, 0, 0]);
    await receiver.close();
  });
});

describe('message locks by the real clock', { timeout: 20_000 }, () => {
  const real = useBroker({ queues: [{ name: 'auto', lockDurationMs: 1000 }] });

  it('are renewed by the client itself while a handler runs', async () => {
    const client = real.client();
    const receiver = client.createReceiver('auto');
    const { promise: handled, resolve, reject } = Promise.withResolvers<unknown>();
    receiver.subscribe({
      processMessage: async (message) => {
        const untilMs = message.lockedUntilUtc!.getTime();
        await expect
          .poll(() => message.lockedUntilUtc!.getTime(), { timeout: 5000, interval: 10 })
          .toBeGreaterThan(untilMs);
        resolve(await real.stats('auto'));
      },
      processError: async ({ error }) => reject(error),
    });
    await client.createSender('auto').sendMessages({ body: 'work' });
    expect(await handled).toMatchObject({ active: 1, locked: 1 });
    await receiver.close();
  });
});
