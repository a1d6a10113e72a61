import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { startProxy } from './proxy.ts';
import { useBroker } from './use-broker.ts';

const LOCK_MS = 60_000;
const names = ['expiry', 'idle', 'renewal', 'timeout', 'kill', 'cut', 'ghost'];
const broker = useBroker(
  { queues: names.map((name) => ({ name, requiresSession: true, lockDurationMs: LOCK_MS, maxDeliveryCount: 2 })) },
  { manualClock: true },
);

const send = (client: ServiceBusClient, queue: string, sessionId: string, count: number) =>
  client.createSender(queue).sendMessages(Array.from({ length: count }, (_, n) => ({ body: n, sessionId })));
const bodiesOf = (messages: ServiceBusReceivedMessage[]) => messages.map(({ body }) => body);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const noAutoRenewal = { maxAutoLockRenewalDurationInMs: 0 };

describe('session locks', { timeout: 20_000 }, () => {
  it('that run out are lost: next receiver, delivery count + 1, dead-letter at the maximum', async () => {
    const client = broker.client();
    await send(client, 'expiry', 's', 2);
    const first = await client.acceptNextSession('expiry', noAutoRenewal);
    const [message] = await first.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    const waiting = client.acceptNextSession('expiry', noAutoRenewal);
    await broker.advance(LOCK_MS);
    const second = await waiting;
    await expect(first.completeMessage(message!)).rejects.toMatchObject({ code: 'SessionLockLost' });
    await expect(first.renewSessionLock()).rejects.toMatchObject({ code: 'SessionLockLost' });
    await expect(first.setSessionState('x')).rejects.toMatchObject({ code: 'SessionLockLost' });
    const [again] = await second.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    expect(again).toMatchObject({ body: 0, deliveryCount: 1 });
    await broker.advance(LOCK_MS);
    expect(await broker.stats('expiry')).toMatchObject({ active: 1, locked: 0, deadLetter: 1 });
    const [dead] = await client.createReceiver('expiry', { subQueueType: 'deadLetter' }).receiveMessages(1);
    expect(dead).toMatchObject({ body: 0, sessionId: 's', deadLetterReason: 'MaxDeliveryCountExceeded' });
  });

  it('that run out are told to a handler, which gets nothing more', async () => {
    const client = broker.client();
    const session = await client.acceptSession('idle', 's', noAutoRenewal);
    const { promise: lost, resolve } = Promise.withResolvers<unknown>();
    const bodies: number[] = [];
    session.subscribe({
      processMessage: async ({ body }) => {
        bodies.push(body);
      },
      processError: async ({ error }) => resolve(error),
    });
    await broker.advance(LOCK_MS);
    expect(await lost).toMatchObject({ code: 'SessionLockLost' });
    await send(client, 'idle', 's', 2);
    const next = await client.acceptNextSession('idle', noAutoRenewal);
    expect(bodiesOf(await next.receiveMessages(2, { maxWaitTimeInMs: 5000 }))).toEqual([0, 1]);
    expect(bodies).toEqual([]);
  });

  it('are renewed by operation, with all messages of the session', async () => {
    const client = broker.client();
    await send(client, 'renewal', 's', 1);
    const session = await client.acceptNextSession('renewal', noAutoRenewal);
    const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: 5000 });
    for (let renewal = 0; renewal < 4; renewal++) {
      const nowMs = await broker.advance(LOCK_MS - 1);
      await session.renewSessionLock();
      expect(session.sessionLockedUntilUtc.getTime()).toBe(nowMs + LOCK_MS);
    }
    await expect(client.acceptSession('renewal', 's')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' });
    await session.completeMessage(message!);
    expect(await broker.stats('renewal')).toMatchObject({ active: 0, locked: 0 });
  });

  it('for the next session are waited for in vain until ServiceTimeout, and the connection goes on', async () => {
    const client = broker.client();
    let code: unknown;
    const waiting = client.acceptNextSession('timeout').catch((error) => {
      ({ code } = error);
    });
    // The client waits for a minute of its own time; the broker must say so before that.
    const startedMs = performance.now();
    const oneStep = async () => {
      await broker.advance(10_000);
      return code;
    };
    await expect.poll(oneStep, { timeout: 15_000 }).toBe('ServiceTimeout');
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    await waiting;
    await send(client, 'timeout', 'after', 1);
    const session = await client.acceptNextSession('timeout');
    expect(session.sessionId).toBe('after');
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

  it('are free at once when their connection is cut; the order of the messages stays', async () => {
    await using proxy = await startProxy(broker.connectionString);
    const [doomed, client] = [broker.client({ connectionString: proxy.connectionString }), broker.client()];
    await send(client, 'cut', 's', 10);
    const session = await doomed.acceptNextSession('cut', noAutoRenewal);
    const messages = await session.receiveMessages(6, { maxWaitTimeInMs: 5000 });
    for (const message of messages.slice(0, 3)) await session.completeMessage(message);
    const waiting = client.acceptNextSession('cut', noAutoRenewal);
    proxy.cut();
    const next = await waiting;
    const rest = await next.receiveMessages(7, { maxWaitTimeInMs: 5000 });
    expect(rest.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
      ...[3, 4, 5].map((n) => [n, 1]),
      ...[6, 7, 8, 9].map((n) => [n, 0]),
    ]);
  });

  it('are not given to one that waited and is gone', async () => {
    await using proxy = await startProxy(broker.connectionString);
    const [doomed, client] = [broker.client({ connectionString: proxy.connectionString }), broker.client()];
    const ghost = doomed.acceptNextSession('ghost').catch(() => 'refused');
    await proxy.sent('com.microsoft:session-filter');
    proxy.cut();
    const waiting = client.acceptNextSession('ghost', noAutoRenewal);
    await send(client, 'ghost', 's', 1);
    const session = await waiting;
    expect(bodiesOf(await session.receiveMessages(1, { maxWaitTimeInMs: 5000 }))).toEqual([0]);
    await doomed.close();
    expect(await ghost).toBe('refused');
  });
});

describe('session locks by the real clock', { timeout: 20_000 }, () => {
  const real = useBroker({ queues: [{ name: 'auto', requiresSession: true, lockDurationMs: 1000 }] });

  it('are renewed by the client itself', async () => {
    const client = real.client();
    const session = await client.acceptSession('auto', 's');
    const untilMs = session.sessionLockedUntilUtc.getTime();
    await expect
      .poll(() => session.sessionLockedUntilUtc.getTime(), { timeout: 5000, interval: 10 })
      .toBeGreaterThan(untilMs);
    await session.setSessionState('mine');
    await session.close();
  });
});
