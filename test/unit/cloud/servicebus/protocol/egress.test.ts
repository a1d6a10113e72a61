import { once } from 'node:events';
import rhea, { type Delivery } from 'rhea';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceBusHandle } from '../../../../../runtime/cloud/servicebus/index.ts';
import type { ManualClock } from '../../../../../runtime/core/clock.ts';
import { RawClient, startTestBroker } from '../raw-client.ts';

let broker: ServiceBusHandle;
let clock: ManualClock;
let client: RawClient;

beforeEach(async () => {
  ({ broker, clock } = await startTestBroker({ queues: [{ name: 'q', lockDurationMs: 60_000 }] }));
  client = await RawClient.connect(broker, clock.now());
});
afterEach(async () => {
  await client.close();
  await broker.dispose();
});

const { types } = rhea;
const accepted = types.described(types.wrap_ulong(0x24), types.wrap_list([]));
const stats = () => broker.stats()[0]!;

async function send(...bodies: unknown[]): Promise<void> {
  const sender = await client.openSender('q');
  for (const body of bodies) sender.send({ body, message_id: `m-${body}` });
  await client.settled('q');
}

describe('credit', () => {
  it('is never exceeded, and used as soon as it is given', async () => {
    const receiver = client.openReceiver('q');
    await send(1, 2, 3, 4, 5);
    expect(receiver.bodies).toEqual([]);
    receiver.link.add_credit(2);
    await receiver.messages(2);
    await client.settled('q');
    expect(receiver.bodies).toEqual([1, 2]);
    receiver.link.add_credit(10);
    await receiver.messages(5);
    await send(6);
    await receiver.messages(6);
    expect(receiver.bodies).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('that is drained is answered with what is there, and then credit 0', async () => {
    await send(1, 2);
    const receiver = client.openReceiver('q');
    receiver.link.add_credit(10);
    receiver.link.drain_credit();
    await once(receiver.link, 'receiver_drained');
    expect(receiver.bodies).toEqual([1, 2]);
    await send(3);
    expect(receiver.bodies).toEqual([1, 2]);
  });

  it('that is drained is answered also when the messages have used it up', async () => {
    await send(1, 2, 3);
    const receiver = client.openReceiver('q');
    receiver.link.add_credit(2);
    receiver.link.drain_credit();
    await once(receiver.link, 'receiver_drained');
    expect(receiver.bodies).toEqual([1, 2]);
  });

  it('survives a drain that is taken back before it is answered', async () => {
    const receiver = client.openReceiver('q');
    await once(receiver.link, 'receiver_open');
    // Two flows in one tick; rhea would write only the last state of the link.
    const { session } = receiver.link as unknown as { session: { _write_flow(link: unknown): void } };
    receiver.link.add_credit(5);
    receiver.link.drain = true;
    session._write_flow(receiver.link);
    receiver.link.drain = false;
    session._write_flow(receiver.link);
    await send(1, 2);
    await receiver.messages(2);
    expect(receiver.bodies).toEqual([1, 2]);
  });

  it('counts for each of several links on one session', async () => {
    const session = client.connection.create_session();
    session.begin();
    const options = { credit_window: 0, autoaccept: false, rcv_settle_mode: 1 as const };
    const bodies: unknown[] = [];
    const { promise: done, resolve } = Promise.withResolvers<void>();
    for (let n = 0; n < 4; n++) {
      const link = session.open_receiver({ source: { address: 'q' }, ...options });
      link.on('message', ({ message }) => {
        if (bodies.push(message?.body) === 8) resolve();
      });
      link.add_credit(2);
    }
    await send(1, 2, 3, 4, 5, 6, 7, 8);
    await done;
    expect(bodies.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('waits for the window of a session that is full', async () => {
    const session = client.connection.create_session({ incoming: 4 } as never);
    session.begin();
    await send(...Array.from({ length: 20 }, (_, n) => n));
    const link = session.open_receiver({ source: { address: 'q' }, credit_window: 0, autoaccept: false });
    const deliveries: Delivery[] = [];
    const { promise: done, resolve } = Promise.withResolvers<void>();
    link.on('message', ({ delivery }) => {
      deliveries.push(delivery!);
      // Settling frees the window, a few at a time.
      setImmediate(() => delivery!.accept());
      if (deliveries.length === 20) resolve();
    });
    link.add_credit(20);
    await done;
    await expect.poll(() => stats().active).toBe(0);
  });
});

describe('settlement', () => {
  /** Receives one message. */
  async function receiveOne() {
    const receiver = client.openReceiver('q');
    receiver.link.add_credit(1);
    const [context] = await receiver.messages(1);
    return { link: receiver.link, delivery: context!.delivery! };
  }

  it('is confirmed: accepted completes, released and modified give back', async () => {
    await send(1, 2, 3);
    const settle: ((delivery: Delivery) => void)[] = [
      (delivery) => delivery.accept(),
      (delivery) => delivery.release(),
      (delivery) => delivery.modified({ undeliverable_here: false }),
    ];
    for (const answer of settle) {
      const { link, delivery } = await receiveOne();
      answer(delivery);
      await once(link, 'settled');
      link.close();
    }
    expect(stats()).toMatchObject({ active: 2, locked: 0 });
  });

  it('may come settled, with or without an outcome: then there is nothing to confirm', async () => {
    await send(1, 2);
    const first = await receiveOne();
    first.delivery.update(true, accepted);
    const second = await receiveOne();
    second.delivery.update(true);
    await client.settled('q');
    expect(stats()).toMatchObject({ active: 1, locked: 0 });
    const third = await receiveOne();
    expect(third.delivery).toBeDefined();
  });

  it('is refused with message-lock-lost when the lock has run out', async () => {
    await send(1);
    const { link, delivery } = await receiveOne();
    await clock.advance(60_000);
    delivery.accept();
    await once(link, 'settled');
    const { error } = delivery.remote_state as { error: { condition: string } };
    expect(error.condition).toBe('com.microsoft:message-lock-lost');
    expect(stats()).toMatchObject({ active: 1, locked: 0 });
  });

  it('of a delivery that is settled, or never was, changes nothing', async () => {
    await send(1, 2);
    const { link, delivery } = await receiveOne();
    delivery.accept();
    await once(link, 'settled');
    const { session } = link as unknown as { session: { output(frame: unknown): void } };
    for (const id of [delivery.id, delivery.id + 1, 4_000_000].map((id) => types.wrap_uint(id))) {
      session.output(types.described(types.wrap_ulong(0x15), types.wrap_list([true, id, id, true, accepted])));
    }
    await client.settled('q');
    expect(stats()).toMatchObject({ active: 1, locked: 0 });
  });

  it('is no longer possible after the link: the message stays locked until its lock runs out', async () => {
    await send(1);
    const { link } = await receiveOne();
    link.close();
    await once(link, 'receiver_close');
    expect(stats()).toMatchObject({ active: 1, locked: 1 });
    await clock.advance(60_000);
    expect(stats()).toMatchObject({ active: 1, locked: 0 });
  });

  it('is not needed in receiveAndDelete mode: messages come settled', async () => {
    await send(1, 2);
    const receiver = client.openReceiver('q', { snd_settle_mode: 1, rcv_settle_mode: 0 });
    receiver.link.add_credit(2);
    const contexts = await receiver.messages(2);
    expect(contexts.map(({ delivery }) => delivery!.remote_settled)).toEqual([true, true]);
    expect(stats()).toMatchObject({ active: 0, locked: 0 });
  });
});
