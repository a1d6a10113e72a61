import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const LOCK_MS = 500;
const names = ['order', 'compete', 'named', 'held', 'state', 'close', 'kill', 'drop', 'deferred', 'peek', 'handler', 'plain'];
const broker = useBroker({
  queues: [
    ...names.map((name) => ({ name, requiresSession: name !== 'plain' })),
    { name: 'expiry', requiresSession: true, lockDurationMs: LOCK_MS, maxDeliveryCount: 2 },
    { name: 'renewal', requiresSession: true, lockDurationMs: LOCK_MS },
  ],
});

const send = (client: ServiceBusClient, queue: string, sessionId: string, count: number) =>
  client.createSender(queue).sendMessages(Array.from({ length: count }, (_, n) => ({ body: n, sessionId })));
const bodiesOf = (messages: ServiceBusReceivedMessage[]) => messages.map(({ body }) => body);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('sessions', { timeout: 20_000 }, () => {
  it('keep the order of their messages, one session per receiver', async () => {
    const client = broker.client();
    const sender = client.createSender('order');
    const mixed = upTo(60).map((n) => ({ body: n, sessionId: `s${n % 3}` }));
    await sender.sendMessages(mixed);
    for (const id of ['s0', 's1', 's2']) {
      const session = await client.acceptSession('order', id);
      const messages = await session.receiveMessages(20, { maxWaitTimeInMs: 5000 });
      expect(bodiesOf(messages)).toEqual(upTo(60).filter((n) => `s${n % 3}` === id));
      expect(messages.every(({ sessionId }) => sessionId === id)).toBe(true);
      expect(messages[0]!.lockedUntilUtc).toEqual(session.sessionLockedUntilUtc);
      await Promise.all(messages.map((message) => session.completeMessage(message)));
      await session.close();
    }
    expect(await broker.stats('order')).toMatchObject({ active: 0, locked: 0, sessions: [] });
  });

  it('go to one of two competing clients each, exclusively', async () => {
    const [one, two] = [broker.client(), broker.client()];
    await send(one, 'compete', 'a', 2);
    await send(one, 'compete', 'b', 2);
    const first = await one.acceptNextSession('compete');
    const second = await two.acceptNextSession('compete');
    expect([first.sessionId, second.sessionId].sort()).toEqual(['a', 'b']);
    await expect(two.acceptSession('compete', first.sessionId)).rejects.toMatchObject({ code: 'SessionCannotBeLocked' });
    expect((await broker.stats('compete')).sessions).toEqual([
      { id: 'a', locked: true, active: 2 },
      { id: 'b', locked: true, active: 2 },
    ]);
    await first.close();
    const again = await two.acceptSession('compete', first.sessionId);
    expect(again.sessionId).toBe(first.sessionId);
  });

  it('can be locked by name before they have messages, and get those that come later', async () => {
    const client = broker.client();
    const session = await client.acceptSession('named', 'unknown');
    expect(session.sessionLockedUntilUtc.getTime()).toBeGreaterThan(Date.now() + 50_000);
    const waiting = session.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    await send(client, 'named', 'unknown', 1);
    const [message] = await waiting;
    await session.completeMessage(message!);
    await session.close();
    expect((await broker.stats('named')).sessions).toEqual([]);
  });

  it('hold back "the next one" until there is one', async () => {
    const [one, two] = [broker.client(), broker.client()];
    const waiting = one.acceptNextSession('held');
    await send(two, 'held', 'late', 1);
    const session = await waiting;
    expect(session.sessionId).toBe('late');
    const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    await session.completeMessage(message!);
    await session.close();
  });

  it('time out with ServiceTimeout if there is none, and the connection goes on', async () => {
    const client = broker.client({ retryOptions: { maxRetries: 0, timeoutInMs: 1500 } });
    await expect(client.acceptNextSession('held')).rejects.toMatchObject({ code: 'ServiceTimeout' });
    await send(client, 'held', 'after', 1);
    const session = await client.acceptNextSession('held');
    expect(session.sessionId).toBe('after');
  });

  it('keep a state', async () => {
    const client = broker.client();
    const session = await client.acceptSession('state', 's');
    expect(await session.getSessionState()).toBeNull();
    await session.setSessionState({ step: 3, text: 'ü' });
    await session.close();
    const again = await client.acceptSession('state', 's');
    expect(await again.getSessionState()).toEqual({ step: 3, text: 'ü' });
    await again.close();
    expect((await broker.stats('state')).sessions).toEqual([{ id: 's', locked: false, active: 0 }]);
  });

  it('are free at once when their link is closed; unsettled messages come back in order and uncounted', async () => {
    const client = broker.client();
    await send(client, 'close', 's', 5);
    const session = await client.acceptNextSession('close');
    const messages = await session.receiveMessages(3, { maxWaitTimeInMs: 5000 });
    await session.completeMessage(messages[1]!);
    await session.close();
    const next = await client.acceptNextSession('close');
    const again = await next.receiveMessages(4, { maxWaitTimeInMs: 5000 });
    expect(bodiesOf(again)).toEqual([0, 2, 3, 4]);
    expect(again.map(({ deliveryCount }) => deliveryCount)).toEqual([0, 0, 0, 0]);
    await next.completeMessage(again[0]!);
  });

  it('are free at once when their client is killed; what it held counts as a failed delivery', async () => {
    const client = broker.client();
    await send(client, 'kill', 's', 3);
    const child = fork(new URL('./session-client.ts', import.meta.url), ['kill'], {
      execArgv: [],
      env: { ...process.env, BROKER_CONNECTION_STRING: broker.connectionString },
    });
    const [held] = await once(child, 'message');
    expect(held).toEqual({ sessionId: 's', bodies: upTo(3) });
    await expect(client.acceptSession('kill', 's')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' });

    const waiting = client.acceptNextSession('kill');
    const killedMs = performance.now();
    child.kill('SIGKILL');
    const session = await waiting;
    expect(performance.now() - killedMs).toBeLessThan(2000);
    const messages = await session.receiveMessages(3, { maxWaitTimeInMs: 5000 });
    expect(bodiesOf(messages)).toEqual(upTo(3));
    expect(messages.map(({ deliveryCount }) => deliveryCount)).toEqual([1, 1, 1]);
  });

  it('are renewed, by operation and by the client itself', async () => {
    const client = broker.client();
    await send(client, 'renewal', 's', 1);
    const session = await client.acceptNextSession('renewal', { maxAutoLockRenewalDurationInMs: 0 });
    const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    const startedMs = session.sessionLockedUntilUtc.getTime();
    for (let renewal = 0; renewal < 4; renewal++) {
      expect(await session.receiveMessages(1, { maxWaitTimeInMs: LOCK_MS / 2 })).toEqual([]);
      await session.renewSessionLock();
    }
    expect(session.sessionLockedUntilUtc.getTime()).toBeGreaterThan(startedMs + LOCK_MS);
    await session.completeMessage(message!);
    await session.close();
  });

  it('are lost when their lock runs out: next receiver, delivery count + 1, dead-letter at the maximum', async () => {
    const client = broker.client();
    await send(client, 'expiry', 's', 2);
    const first = await client.acceptNextSession('expiry', { maxAutoLockRenewalDurationInMs: 0 });
    const [message] = await first.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    const second = await client.acceptNextSession('expiry', { maxAutoLockRenewalDurationInMs: 0 });
    await expect(first.completeMessage(message!)).rejects.toMatchObject({ code: 'SessionLockLost' });
    await expect(first.renewSessionLock()).rejects.toMatchObject({ code: 'SessionLockLost' });
    await expect(first.setSessionState('x')).rejects.toMatchObject({ code: 'SessionLockLost' });
    const [again] = await second.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    expect(again).toMatchObject({ body: 0, deliveryCount: 1 });
    await expect.poll(() => broker.stats('expiry'), { timeout: 5000 }).toMatchObject({ deadLetter: 1 });
    const [dead] = await client.createReceiver('expiry', { subQueueType: 'deadLetter' }).receiveMessages(1);
    expect(dead).toMatchObject({ body: 0, sessionId: 's', deadLetterReason: 'MaxDeliveryCountExceeded' });
  });

  it('defer and receive deferred messages', async () => {
    const client = broker.client();
    await send(client, 'deferred', 's', 2);
    const session = await client.acceptNextSession('deferred');
    const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    await session.deferMessage(message!);
    const [deferred] = await session.receiveDeferredMessages(message!.sequenceNumber!);
    expect(deferred).toMatchObject({ body: 0, sessionId: 's' });
    await session.completeMessage(deferred!);
    expect(await broker.stats('deferred')).toMatchObject({ active: 1, deferred: 0 });
  });

  it('show only their own messages to a peek', async () => {
    const client = broker.client();
    await send(client, 'peek', 'a', 2);
    await send(client, 'peek', 'b', 3);
    const session = await client.acceptSession('peek', 'b');
    const peeked = await session.peekMessages(10);
    expect(peeked.map(({ sessionId }) => sessionId)).toEqual(['b', 'b', 'b']);
  });

  it('run a handler in order, message by message', async () => {
    const client = broker.client();
    await send(client, 'handler', 's', 200);
    const session = await client.acceptNextSession('handler');
    const bodies: number[] = [];
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    session.subscribe({
      processMessage: async ({ body }) => {
        if (bodies.push(body) === 200) resolve();
      },
      processError: async ({ error }) => reject(error),
    });
    await done;
    await session.close();
    expect(bodies).toEqual(upTo(200));
  });

  it('are needed where the entity requires them, and refused where it does not', async () => {
    const client = broker.client();
    await expect(client.createSender('order').sendMessages({ body: 1 })).rejects.toThrow(/SessionId was not set/);
    await expect(client.createReceiver('order').receiveMessages(1)).rejects.toThrow(/requires sessions/);
    await expect(client.acceptNextSession('plain')).rejects.toThrow(/does not require sessions/);
  });
});
