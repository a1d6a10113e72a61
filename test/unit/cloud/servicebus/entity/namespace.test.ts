import { describe, expect, it } from 'vitest';
import type { Queue, Topic } from '../../../../../runtime/cloud/servicebus/entity/entities.ts';
import { Namespace } from '../../../../../runtime/cloud/servicebus/entity/namespace.ts';
import { type ServiceBusEntities, serviceBusEntitiesSchema } from '../../../../../runtime/contracts/servicebus.ts';
import { ManualClock } from '../../../../../runtime/core/clock.ts';
import { faultKind } from '../fault-kind.ts';
import { content } from '../fixtures.ts';

function setup(entities: ServiceBusEntities) {
  const clock = new ManualClock();
  const namespace = new Namespace({ entities: serviceBusEntitiesSchema.parse(entities), clock });
  const inlet = (path: string) => (namespace.resolve(path).entity as Queue | Topic).inlet;
  return { clock, namespace, inlet };
}

describe('addresses', () => {
  const { namespace } = setup({
    queues: [{ name: 'Orders' }, { name: 'a/b' }],
    topics: [{ name: 'events/in', subscriptions: [{ name: 'All' }] }],
  });

  it('name entities and their dead-letter queues, without regard to case', () => {
    const at = (address: string) => {
      const { entity, messages, deadLetter } = namespace.resolve(address);
      return [entity.kind, entity.path, messages?.options.path, deadLetter];
    };
    expect(at('orders')).toEqual(['queue', 'Orders', 'Orders', false]);
    expect(at('A/B/$deadletterqueue')).toEqual(['queue', 'a/b', 'a/b/$DeadLetterQueue', true]);
    expect(at('events/in')).toEqual(['topic', 'events/in', undefined, false]);
    const path = 'events/in/Subscriptions/All';
    expect(at('Events/In/subscriptions/ALL')).toEqual(['subscription', path, path, false]);
    expect(at(`${path}/$DeadLetterQueue`)).toEqual(['subscription', path, `${path}/$DeadLetterQueue`, true]);
  });

  it.each([
    '',
    'order',
    'events',
    'events/in/$DeadLetterQueue',
    'events/in/Subscriptions/none',
    'orders/Subscriptions/x',
    'orders/$Transfer/$DeadLetterQueue',
  ])('that name nothing are not found: "%s"', (address) =>
    expect(faultKind(() => namespace.resolve(address))).toBe('not-found'),
  );

  it('are taken once', () => {
    const { queues } = serviceBusEntitiesSchema.parse({ queues: [{ name: 'ORDERS' }] });
    expect(faultKind(() => namespace.addQueue(queues[0]!))).toBe('entity-exists');
  });
});

describe('status', () => {
  it.each([
    ['Active', 'nothing thrown', 'nothing thrown'],
    ['Disabled', 'entity-disabled', 'entity-disabled'],
    ['SendDisabled', 'entity-disabled', 'nothing thrown'],
    ['ReceiveDisabled', 'nothing thrown', 'entity-disabled'],
  ] as const)('%s', (status, send, receive) => {
    const { namespace } = setup({ queues: [{ name: 'q', status }] });
    const queue = namespace.resolve('q').entity as Queue;
    expect(faultKind(() => queue.checkSend())).toBe(send);
    expect(faultKind(() => queue.checkReceive())).toBe(receive);
  });
});

describe('sending', () => {
  it('takes all messages or none', () => {
    const { namespace, inlet } = setup({
      queues: [
        { name: 'q', maxMessageSizeBytes: 1000, requiresDuplicateDetection: true },
        { name: 's', requiresSession: true },
      ],
    });
    const fits = content({ messageId: 'fits' });
    expect(faultKind(() => inlet('q').send([fits, content({ sizeBytes: 1001 })]))).toBe('message-too-large');
    expect(faultKind(() => inlet('s').send([content({ sessionId: 'a' }), content()]))).toBe('not-allowed');
    expect(faultKind(() => inlet('s').schedule([content({ sessionId: 'a' }), content()]))).toBe('not-allowed');
    expect(namespace.stats().map(({ active, scheduled }) => [active, scheduled])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    // What was refused is not a duplicate of itself.
    inlet('q').send([fits]);
    expect(namespace.stats()[0]).toMatchObject({ active: 1 });
  });

  it('schedules: a place in the queue, a new number and a new enqueued time when the time comes', async () => {
    const { clock, namespace, inlet } = setup({ queues: [{ name: 'q' }] });
    const dueMs = clock.now() + 1000;
    const [first] = inlet('q').schedule([content({ scheduledAtMs: dueMs })]);
    inlet('q').send([content(), content({ scheduledAtMs: dueMs }), content({ scheduledAtMs: clock.now() - 1 })]);
    expect(first).toBe(1);
    expect(namespace.stats()[0]).toMatchObject({ active: 2, scheduled: 2 });
    const { entity, messages } = namespace.resolve('q');
    const peeked = entity.peek({ fromSequenceNumber: 0, count: 10, sessionId: undefined });
    expect(peeked.map(({ sequenceNumber, state }) => [sequenceNumber, state])).toEqual([
      [1, 'scheduled'],
      [2, 'active'],
      [3, 'scheduled'],
      [4, 'active'],
    ]);
    await clock.advance(1000);
    const taken = Array.from({ length: 4 }, () => messages!.take('receiveAndDelete')!.message);
    expect(taken.map(({ sequenceNumber }) => sequenceNumber)).toEqual([2, 4, 5, 6]);
    expect(taken[2]!.enqueuedAtMs).toBe(dueMs);
  });

  it('cancels all numbers or none', () => {
    const { clock, namespace, inlet } = setup({ queues: [{ name: 'q' }] });
    const numbers = inlet('q').schedule(
      [content(), content()].map((one) => ({ ...one, scheduledAtMs: clock.now() + 1 })),
    );
    expect(faultKind(() => inlet('q').cancel([...numbers, 99]))).toBe('message-not-found');
    expect(namespace.stats()[0]).toMatchObject({ scheduled: 2 });
    inlet('q').cancel(numbers);
    expect(namespace.stats()[0]).toMatchObject({ scheduled: 0 });
  });

  it('to a topic gives each subscription a copy of its own, within the shorter time to live', async () => {
    const { clock, namespace, inlet } = setup({
      topics: [
        {
          name: 't',
          defaultMessageTimeToLiveMs: 1000,
          subscriptions: [{ name: 'long' }, { name: 'short', defaultMessageTimeToLiveMs: 500 }],
        },
      ],
    });
    inlet('t').send([content(), content({ timeToLiveMs: 100 })]);
    const active = () => namespace.stats().map((entity) => entity.active);
    const long = namespace.resolve('t/subscriptions/long').messages!;
    long.abandon(long.take('peekLock')!.lock!.token);
    const short = namespace.resolve('t/subscriptions/short').messages!;
    expect([...short.peek(0)].map(({ deliveryCount }) => deliveryCount)).toEqual([0, 0]);
    expect(active()).toEqual([2, 2]);
    await clock.advance(100);
    expect(active()).toEqual([1, 1]);
    await clock.advance(400);
    expect(active()).toEqual([1, 0]);
    await clock.advance(500);
    expect(active()).toEqual([0, 0]);
  });
});

describe('the description of a namespace', () => {
  it.each([
    [{ queues: [{ name: 'a' }, { name: 'A' }] }, 'declared twice'],
    [{ queues: [{ name: 'a' }], topics: [{ name: 'a' }] }, 'declared twice'],
    [{ topics: [{ name: 't', subscriptions: [{ name: 's' }, { name: 'S' }] }] }, 'two subscriptions'],
    [{ queues: [{ name: '/a' }] }, 'separator'],
    [{ queues: [{ name: 'a/Subscriptions/b' }] }, 'subscriptions'],
    [{ queues: [{ name: '$management' }] }, 'letters'],
    [{ queues: [{ name: 'a', lockDurationMs: 0 }] }, 'lockDurationMs'],
    [{ queues: [{ name: 'a', colour: 'red' }] }, 'colour'],
  ])('%j is refused: %s', (entities, reason) => {
    const { success, error } = serviceBusEntitiesSchema.safeParse(entities);
    expect(success).toBe(false);
    expect(JSON.stringify(error!.issues)).toContain(reason);
  });
});
