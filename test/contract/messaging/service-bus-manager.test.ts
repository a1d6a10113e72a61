import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { AgentMessage } from '../../../runtime/contracts/messages.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { AGENT_EVENTS, AGENT_MESSAGES, DEFAULT_SUBSCRIPTION, entities } from '../../../runtime/messaging/entities.ts';
import { type DeferrableDelivery, ServiceBusManager } from '../../../runtime/messaging/service-bus-manager.ts';
import { startBroker, useBroker } from '../servicebus/use-broker.ts';

const broker = useBroker(entities);
const managers: ServiceBusManager[] = [];
afterAll(() => Promise.all(managers.map((manager) => manager.dispose())));

function manager(connection = broker.connectionString): ServiceBusManager {
  const created = new ServiceBusManager({ connection, numShards: 100, logger: silentLogger });
  managers.push(created);
  return created;
}

function message(agentId: string, type = 'Ping', data: unknown = null): AgentMessage {
  return { event_id: `evt_${randomUUID()}`, agent_id: agentId, type, data, sent_at: new Date().toISOString() };
}

/** Deliveries one after the other, as an async queue. */
function inbox() {
  const items: DeferrableDelivery[] = [];
  let wake = Promise.withResolvers<void>();
  return {
    onMessage: (delivery: DeferrableDelivery) => {
      items.push(delivery);
      wake.resolve();
    },
    async next(): Promise<DeferrableDelivery> {
      while (items.length === 0) {
        wake = Promise.withResolvers();
        await wake.promise;
      }
      return items.shift()!;
    },
  };
}

const noLoss = (reason: Error) => {
  throw reason;
};

let lastShard = 0;
/** A shard of its own for every test. */
const aShard = () => lastShard++;

describe('ServiceBusManager', () => {
  it('delivers to the holder of the shard, in order', async () => {
    const bus = manager();
    const shard = aShard();
    const { onMessage, next } = inbox();
    const receiver = await bus.openShard(shard, { onMessage, onClosed: noLoss });
    const sent = Array.from({ length: 5 }, (_, i) => message('ceo', 'Ping', { i }));
    for (const one of sent) await bus.sendToShard(shard, one);
    let last = -1n;
    for (const one of sent) {
      const delivery = await next();
      expect(delivery.message).toEqual(one);
      expect(delivery.sequenceNumber).toBeGreaterThan(last);
      last = delivery.sequenceNumber;
      await delivery.complete();
    }
    await receiver.close();
  });

  it('keeps a scheduled message back until its time, and gives it up when it is cancelled', async () => {
    const bus = manager();
    const shard = aShard();
    const { onMessage, next } = inbox();
    const receiver = await bus.openShard(shard, { onMessage, onClosed: noLoss });
    const cancelled = await bus.scheduleToShard(shard, message('ceo', 'Cancelled'), new Date(Date.now() + 300));
    await bus.scheduleToShard(shard, message('ceo', 'Later'), new Date(Date.now() + 400));
    await bus.cancelScheduled(cancelled);
    await bus.sendToShard(shard, message('ceo', 'Now'));
    for (const type of ['Now', 'Later']) {
      const delivery = await next();
      expect(delivery.message.type).toBe(type);
      await delivery.complete();
    }
    await expect(bus.cancelScheduled(cancelled)).rejects.toMatchObject({ code: 'AOS_SERVICE_BUS' });
    await receiver.close();
  });

  it('keeps a state with each shard, for its owners alone', async () => {
    const shard = aShard();
    const handlers = { onMessage: () => undefined, onClosed: noLoss };
    const first = await manager().openShard(shard, handlers);
    expect(await first.readState()).toBeUndefined();
    await first.writeState(Buffer.from([1, 50, 51]));
    await first.close();
    await expect(first.writeState(Buffer.from([1]))).rejects.toMatchObject({ code: 'AOS_SERVICE_BUS' });
    const second = await manager().openShard(shard, handlers);
    expect(await second.readState()).toEqual(Buffer.from([1, 50, 51]));
    await second.close();
  });

  it('takes an event with the same id once', async () => {
    const bus = manager();
    const shard = aShard();
    const one = message('ceo');
    await bus.sendToShard(shard, one);
    await bus.sendToShard(shard, one);
    const batch = await bus.receiveBatch(shard);
    expect(batch.deliveries).toHaveLength(1);
    await batch.deliveries[0]!.complete();
    await batch.close();
  });

  it('says that a shard is held by another, and gets it once that one gives it up', async () => {
    const [first, second] = [manager(), manager()];
    const shard = aShard();
    const held = await first.openShard(shard, { onMessage: () => undefined, onClosed: noLoss });
    const handlers = { onMessage: () => undefined, onClosed: noLoss };
    await expect(second.openShard(shard, handlers)).rejects.toMatchObject({
      code: 'AOS_SERVICE_BUS',
      details: { locked: true },
    });
    await held.close();
    await (await second.openShard(shard, handlers)).close();
  });

  it('delivers an abandoned message again with a higher count, and what was not settled to the next owner', async () => {
    const [first, second] = [manager(), manager()];
    const shard = aShard();
    const one = inbox();
    const receiver = await first.openShard(shard, { onMessage: one.onMessage, onClosed: noLoss });
    await first.sendToShard(shard, message('ceo', 'First'));
    await first.sendToShard(shard, message('ceo', 'Second'));
    const delivery = await one.next();
    await delivery.abandon();
    const other = await one.next();
    const again = await one.next();
    expect([other, again].map(({ message: { type } }) => type).sort()).toEqual(['First', 'Second']);
    const repeated = [other, again].find(({ message: { type } }) => type === 'First')!;
    expect(repeated.deliveryCount).toBe(1);
    await repeated.complete();
    await receiver.close();

    const two = inbox();
    const next = await second.openShard(shard, { onMessage: two.onMessage, onClosed: noLoss });
    const left = await two.next();
    expect(left.message.type).toBe('Second');
    await left.complete();
    await next.close();
  });

  it('receives no new message while paused, and can still settle', async () => {
    const bus = manager();
    const shard = aShard();
    const { onMessage, next } = inbox();
    const receiver = await bus.openShard(shard, { onMessage, onClosed: noLoss });
    await bus.sendToShard(shard, message('ceo', 'Before'));
    const delivery = await next();
    receiver.pause();
    await bus.sendToShard(shard, message('ceo', 'After'));
    await delivery.complete();
    await receiver.close();
    const batch = await bus.receiveBatch(shard);
    expect(batch.deliveries.map((left) => left.message.type)).toEqual(['After']);
    await batch.deliveries[0]!.complete();
    await batch.close();
  });

  it('receives up to 100 of a shard as a batch, each settled by itself', async () => {
    const bus = manager();
    const shard = aShard();
    await Promise.all(Array.from({ length: 120 }, (_, i) => bus.sendToShard(shard, message('ceo', 'Ping', { i }))));
    const batch = await bus.receiveBatch(shard);
    expect(batch.deliveries).toHaveLength(100);
    const [bad, ...good] = batch.deliveries;
    await bad!.deadLetter('Poison', 'It was no good.');
    await Promise.all(good.map((delivery) => delivery.complete()));
    await batch.close();
    const rest = await bus.receiveBatch(shard);
    expect(rest.deliveries).toHaveLength(20);
    await Promise.all(rest.deliveries.map((delivery) => delivery.complete()));
    await rest.close();
    const receiver = broker.client().createReceiver(AGENT_MESSAGES, { subQueueType: 'deadLetter' });
    const [dead] = await receiver.receiveMessages(1);
    expect(dead).toMatchObject({ deadLetterReason: 'Poison', deadLetterErrorDescription: 'It was no good.' });
    await receiver.completeMessage(dead!);
  });

  it('dead-letters what is no agent message, and goes on with the rest', async () => {
    const bus = manager();
    const shard = aShard();
    const sender = broker.client().createSender(AGENT_MESSAGES);
    await sender.sendMessages({ body: { agent_id: 'ceo' }, sessionId: `shard-${shard}`, messageId: randomUUID() });
    const { onMessage, next } = inbox();
    const receiver = await bus.openShard(shard, { onMessage, onClosed: noLoss });
    await bus.sendToShard(shard, message('ceo', 'Good'));
    const delivery = await next();
    expect(delivery.message.type).toBe('Good');
    await delivery.complete();
    await receiver.close();
    const dead = broker.client().createReceiver(AGENT_MESSAGES, { subQueueType: 'deadLetter' });
    const [letter] = await dead.receiveMessages(1);
    expect(letter!.deadLetterReason).toBe('InvalidMessage');
    expect(letter!.deadLetterErrorDescription).toContain('event_id');
    await dead.completeMessage(letter!);
  });

  it('publishes once what is published twice', async () => {
    const bus = manager();
    const event = {
      subject: 'DecisionMade',
      body: { approved: true },
      messageId: randomUUID(),
      correlationId: 'evt_1',
    };
    await bus.publishEvent(event);
    await bus.publishEvent(event);
    const receiver = broker
      .client()
      .createReceiver(AGENT_EVENTS, DEFAULT_SUBSCRIPTION, { receiveMode: 'receiveAndDelete' });
    const received = await receiver.receiveMessages(2, { maxWaitTimeInMs: 500 });
    expect(received.map(({ subject, body, correlationId }) => ({ subject, body, correlationId }))).toEqual([
      { subject: 'DecisionMade', body: { approved: true }, correlationId: 'evt_1' },
    ]);
  });

  it('publishes in order what comes at once, and refuses alone what is too large', async () => {
    const bus = manager();
    const run = randomUUID();
    const event = (n: number, body: unknown) => ({ subject: `At once ${run}`, body, messageId: `${run}-${n}` });
    const published = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) => bus.publishEvent(event(n, n === 7 ? 'x'.repeat(1_100_000) : n))),
    );
    const refused = published.flatMap((one, n) => (one.status === 'rejected' ? [[n, one.reason.code]] : []));
    expect(refused).toEqual([[7, 'AOS_MESSAGE_TOO_LARGE']]);
    const receiver = broker
      .client()
      .createReceiver(AGENT_EVENTS, DEFAULT_SUBSCRIPTION, { receiveMode: 'receiveAndDelete' });
    const bodies: unknown[] = [];
    while (bodies.length < 199) {
      const received = await receiver.receiveMessages(200, { maxWaitTimeInMs: 2000 });
      if (received.length === 0) break;
      bodies.push(...received.filter(({ subject }) => subject === `At once ${run}`).map(({ body }) => body));
    }
    expect(bodies).toEqual(Array.from({ length: 200 }, (_, n) => n).filter((n) => n !== 7));
  });

  it('stops waiting when the caller does', async () => {
    const bus = manager();
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(
      bus.publishEvent({ subject: 'Late', body: 1, messageId: randomUUID(), signal: aborted }),
    ).rejects.toThrow('enough');
  });

  it('refuses a message that is larger than the bus takes, and a shard that does not exist', async () => {
    const bus = manager();
    await expect(bus.sendToShard(0, message('ceo', 'Big', 'x'.repeat(1_100_000)))).rejects.toMatchObject({
      code: 'AOS_MESSAGE_TOO_LARGE',
    });
    await expect(bus.sendToShard(100, message('ceo'))).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
  });

  it('receives what was put aside by its number, for the next holder of the shard too; given back it stays aside', async () => {
    const shard = aShard();
    const first = inbox();
    const holder = await manager().openShard(shard, { onMessage: first.onMessage, onClosed: noLoss });
    const sent = [message('ceo'), message('ceo')];
    for (const one of sent) await manager().sendToShard(shard, one);
    const numbers: bigint[] = [];
    for (const _ of sent) {
      const delivery = await first.next();
      await delivery.defer();
      numbers.push(delivery.sequenceNumber);
    }
    await holder.close();

    const next = await manager().openShard(shard, { onMessage: () => expect.unreachable(), onClosed: noLoss });
    // Of these one was never there.
    const received = await next.receiveDeferred([...numbers, 987_654n]);
    expect(received.map((delivery) => delivery.message)).toEqual(sent);
    expect(received[0]?.deliveryCount).toBe(1);
    await received[0]?.abandon();
    await received[1]?.complete();
    const again = await next.receiveDeferred(numbers);
    expect(again).toMatchObject([{ sequenceNumber: numbers[0], deliveryCount: 2 }]);
    await again[0]?.complete();
    expect(await next.receiveDeferred(numbers)).toEqual([]);
    await next.close();
  });

  it('lets its shard go rather than take a message for gone that it holds without knowing', async () => {
    const shard = aShard();
    const { onMessage, next } = inbox();
    const lost = Promise.withResolvers<Error>();
    const holder = await manager().openShard(shard, { onMessage, onClosed: lost.resolve });
    await manager().sendToShard(shard, message('ceo'));
    const delivery = await next();
    await delivery.defer();
    // The answer to this call is lost, so to speak.
    await holder.receiveDeferred([delivery.sequenceNumber]);
    await expect(holder.receiveDeferred([delivery.sequenceNumber])).rejects.toMatchObject({ code: 'AOS_SERVICE_BUS' });
    expect(await lost.promise).toMatchObject({ code: 'AOS_SERVICE_BUS' });
    const after = await manager().openShard(shard, { onMessage: () => undefined, onClosed: noLoss });
    const [found] = await after.receiveDeferred([delivery.sequenceNumber]);
    await found?.complete();
    await after.close();
  });

  it('keeps the place of a message that is sent on to another shard', async () => {
    const [from, to] = [aShard(), aShard()];
    const bus = manager();
    await bus.sendToShard(from, message('ceo'));
    const [old, now] = [inbox(), inbox()];
    const receivers = [
      await bus.openShard(from, { onMessage: old.onMessage, onClosed: noLoss }),
      await bus.openShard(to, { onMessage: now.onMessage, onClosed: noLoss }),
    ];
    const delivery = await old.next();
    expect(delivery.position).toBe(delivery.sequenceNumber);
    await bus.forward(delivery, to);
    const moved = await now.next();
    expect(moved.position).toBe(delivery.position);
    expect(moved.sequenceNumber).toBeGreaterThan(delivery.sequenceNumber);
    await Promise.all([delivery.complete(), moved.complete()]);
    await Promise.all(receivers.map((receiver) => receiver.close()));
  });

  it('says that it lost its shard when the broker dies', async () => {
    const mortal = await startBroker(entities);
    onTestFinished(async () => {
      mortal.process.kill('SIGKILL');
    });
    const bus = manager(mortal.connectionString);
    const lost = Promise.withResolvers<Error>();
    await bus.openShard(1, { onMessage: () => undefined, onClosed: lost.resolve });
    mortal.process.kill('SIGKILL');
    expect(await lost.promise).toBeInstanceOf(Error);
  });

  it('stops sending when it is cancelled', async () => {
    const bus = manager();
    const cancelled = bus.sendToShard(aShard(), message('ceo'), { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
  });
});
