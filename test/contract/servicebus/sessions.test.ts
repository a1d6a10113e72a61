import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { useBroker } from './use-broker.ts';

const names = ['order', 'compete', 'named', 'held', 'state', 'close', 'deferred', 'handler', 'delete', 'moved'];
const broker = useBroker({
  queues: [...names.map((name) => ({ name, requiresSession: true })), { name: 'plain' }],
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
    await expect(two.acceptSession('compete', first.sessionId)).rejects.toMatchObject({
      code: 'SessionCannotBeLocked',
    });
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

  it('delete what they deliver in receiveAndDelete mode', async () => {
    const client = broker.client();
    await send(client, 'delete', 's', 3);
    const session = await client.acceptSession('delete', 's', { receiveMode: 'receiveAndDelete' });
    expect(bodiesOf(await session.receiveMessages(3, { maxWaitTimeInMs: 5000 }))).toEqual(upTo(3));
    expect(await broker.stats('delete')).toMatchObject({ active: 0, locked: 0 });
  });

  it('move as often as a receiver comes and goes, and lose nothing', async () => {
    const [sender, ...receivers] = [broker.client(), broker.client(), broker.client()];
    const sessions = upTo(4).map((n) => `s${n}`);
    for (const id of sessions) await send(sender!, 'moved', id, 30);
    const received = new Map(sessions.map((id) => [id, [] as number[]]));
    const count = () => [...received.values()].reduce((sum, bodies) => sum + bodies.length, 0);
    const work = async (client: ServiceBusClient) => {
      while (count() < 120) {
        const session = await client.acceptNextSession('moved').catch(() => undefined);
        if (!session) return;
        const bodies = received.get(session.sessionId)!;
        const messages = await session.receiveMessages(Math.min(7, 30 - bodies.length), { maxWaitTimeInMs: 5000 });
        // The last one is not settled: it must come first the next time.
        for (const message of messages.length > 1 ? messages.slice(0, -1) : messages) {
          await session.completeMessage(message);
          bodies.push(message.body);
        }
        await session.close();
      }
    };
    const working = receivers.map(work);
    await expect.poll(count, { timeout: 15_000 }).toBe(120);
    // One of them may be waiting for a session that will not come.
    await Promise.all(receivers.map((client) => client.close()));
    await Promise.all(working);
    for (const bodies of received.values()) expect(bodies).toEqual(upTo(30));
    expect(await broker.stats('moved')).toMatchObject({ active: 0, locked: 0, sessions: [] });
  });

  it('are needed where the entity requires them, and refused where it does not', async () => {
    const client = broker.client();
    await expect(client.createSender('order').sendMessages({ body: 1 })).rejects.toThrow(/SessionId was not set/);
    await expect(client.createReceiver('order').receiveMessages(1)).rejects.toThrow(/requires sessions/);
    await expect(client.acceptNextSession('plain')).rejects.toThrow(/does not require sessions/);
  });
});
