import { once } from 'node:events';
import rhea, { type ReceiverOptions } from 'rhea';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceBusHandle } from '../../../../../runtime/cloud/servicebus/index.ts';
import type { ManualClock } from '../../../../../runtime/core/clock.ts';
import { RawClient, startTestBroker, type TestReceiver } from '../raw-client.ts';

let broker: ServiceBusHandle;
let clock: ManualClock;
let client: RawClient;

beforeEach(async () => {
  ({ broker, clock } = await startTestBroker({
    queues: [{ name: 'plain' }, { name: 'sessions', requiresSession: true, lockDurationMs: 60_000 }],
  }));
  client = await RawClient.connect(broker, clock.now());
});
afterEach(async () => {
  await client.close();
  await broker.dispose();
});

const { types } = rhea;
const FILTER = 'com.microsoft:session-filter';

function sessionReceiver(sessionId: string | null, properties: Record<string, unknown> = {}): TestReceiver {
  const source = { address: 'sessions', filter: { [FILTER]: sessionId } };
  return client.openReceiver('sessions', { source, properties } as unknown as ReceiverOptions);
}

async function send(sessionId: string, body: unknown): Promise<void> {
  const sender = await client.openSender('sessions');
  sender.send({ body, message_id: `m-${body}`, group_id: sessionId });
  await once(sender, 'accepted');
}

const sessions = () => broker.stats().find(({ name }) => name === 'sessions')!.sessions;

describe('the next session', () => {
  it('is told to the client with the end of its lock', async () => {
    await send('s', 1);
    const receiver = sessionReceiver(null);
    await once(receiver.link, 'receiver_open');
    const { filter } = receiver.link.source as { filter: Record<string, unknown> };
    expect(filter[FILTER]).toBe('s');
    const ticks = receiver.link.properties!['com.microsoft:locked-until-utc'] as Buffer;
    const lockedUntilMs = Number((ticks.readBigInt64BE() - 621_355_968_000_000_000n) / 10_000n);
    expect(lockedUntilMs).toBe(clock.now() + 60_000);
  });

  it('is waited for, until shortly before the client itself gives up', async () => {
    const receiver = sessionReceiver(null, { 'com.microsoft:timeout': types.wrap_uint(5000) });
    await client.settled('plain');
    await clock.advance(4499);
    await client.settled('plain');
    expect(receiver.link.is_open()).toBe(false);
    expect(receiver.condition).toBeUndefined();
    await clock.advance(1);
    expect(await receiver.closedByBroker()).toBe('com.microsoft:timeout');
  });

  it.each([
    ['a minute without a word of the client', undefined, 59_500],
    ['a minute where it names no sensible time', types.wrap_string('soon'), 59_500],
    ['half of a very short time', types.wrap_uint(400), 200],
  ])('is waited for %s', async (_, timeout, waitMs) => {
    const receiver = sessionReceiver(null, timeout ? { 'com.microsoft:timeout': timeout } : {});
    await client.settled('plain');
    await clock.advance(waitMs - 1);
    await client.settled('plain');
    expect(receiver.condition).toBeUndefined();
    await clock.advance(1);
    expect(await receiver.closedByBroker()).toBe('com.microsoft:timeout');
  });

  it('goes to one that waits, with the credit that it gave beforehand', async () => {
    const receiver = sessionReceiver(null);
    receiver.link.add_credit(5);
    await client.settled('plain');
    await send('late', 'body');
    await receiver.messages(1);
    expect(receiver.bodies).toEqual(['body']);
    expect(sessions()).toEqual([{ id: 'late', locked: true, active: 1 }]);
  });

  it('does not go to one that gave up waiting', async () => {
    const receiver = sessionReceiver(null);
    await client.settled('plain');
    receiver.link.close();
    await once(receiver.link, 'receiver_close');
    await send('s', 1);
    expect(sessions()).toEqual([{ id: 's', locked: false, active: 1 }]);
  });

  it('does not go to one whose connection is gone', async () => {
    const other = await RawClient.connect(broker, clock.now());
    const source = { address: 'sessions', filter: { [FILTER]: null } };
    other.openReceiver('sessions', { source } as unknown as ReceiverOptions);
    await other.settled('plain');
    await other.drop();
    await send('s', 1);
    await expect.poll(sessions).toEqual([{ id: 's', locked: false, active: 1 }]);
  });
});

describe('a session', () => {
  it('is lost when its lock runs out: the link is closed with the reason', async () => {
    await send('s', 1);
    const receiver = sessionReceiver('s');
    receiver.link.add_credit(1);
    await receiver.messages(1);
    await clock.advance(60_000);
    expect(await receiver.closedByBroker()).toBe('com.microsoft:session-lock-lost');
    expect(sessions()).toEqual([{ id: 's', locked: false, active: 1 }]);
  });

  it('is free at once when its link or its connection is gone', async () => {
    await send('s', 1);
    const first = sessionReceiver('s');
    first.link.add_credit(1);
    await first.messages(1);
    const second = sessionReceiver('s');
    expect(await second.closedByBroker()).toBe('com.microsoft:session-cannot-be-locked');
    first.link.close();
    await once(first.link, 'receiver_close');
    expect(sessions()).toEqual([{ id: 's', locked: false, active: 1 }]);

    const other = await RawClient.connect(broker, clock.now());
    const source = { address: 'sessions', filter: { [FILTER]: 's' } };
    const third = other.openReceiver('sessions', { source } as unknown as ReceiverOptions);
    third.link.add_credit(1);
    const [context] = await third.messages(1);
    expect(context!.message!.delivery_count ?? 0).toBe(0);
    await other.drop();
    await expect.poll(sessions).toEqual([{ id: 's', locked: false, active: 1 }]);
  });

  it('belongs to the link that operations name', async () => {
    const receiver = sessionReceiver('s');
    await once(receiver.link, 'receiver_open');
    const operate = async (name: string) => {
      const { application_properties: answer } = await client.request('sessions/$management', {
        application_properties: { operation: 'com.microsoft:renew-session-lock', 'associated-link-name': name },
        body: { 'session-id': 's' },
      });
      return [answer!.statusCode, answer!.errorCondition];
    };
    expect(await operate(receiver.link.name)).toEqual([200, undefined]);
    expect(await operate('another')).toEqual([410, 'com.microsoft:session-lock-lost']);
  });
});

describe('a receiver', () => {
  it('is refused where the kind of entity does not fit', async () => {
    const filter = { [FILTER]: null };
    const source = { address: 'plain', filter };
    const refused = [
      client.openReceiver('sessions'),
      client.openReceiver('plain', { source } as unknown as ReceiverOptions),
      client.openReceiver('nothing'),
    ];
    expect(await Promise.all(refused.map((receiver) => receiver.closedByBroker()))).toEqual([
      'amqp:not-allowed',
      'amqp:not-allowed',
      'amqp:not-found',
    ]);
  });
});
