import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../../runtime/core/clock.ts';
import { faultKind } from '../fault-kind.ts';
import { content, queueOn, TestConsumer } from '../fixtures.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('MessageQueue: delivery', () => {
  it('numbers messages without gaps and hands them out in turns, as credit allows', async () => {
    const queue = queueOn(new ManualClock());
    const [one, two] = [new TestConsumer(2), new TestConsumer(10)];
    queue.addConsumer(one);
    queue.addConsumer(two);
    for (let i = 0; i < 6; i++) queue.enqueue(content());
    await tick();
    expect([...one.numbers, ...two.numbers].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(one.numbers).toHaveLength(2);
    queue.enqueue(content());
    queue.removeConsumer(two);
    await tick();
    expect(queue.counts()).toEqual({ active: 7, deferred: 0, locked: 6 });
    one.credit = 1;
    queue.wake();
    await tick();
    expect(one.numbers.at(-1)).toBe(7);
  });

  it('deletes at once in receiveAndDelete mode', async () => {
    const queue = queueOn(new ManualClock());
    const consumer = new TestConsumer(10, 'receiveAndDelete');
    queue.addConsumer(consumer);
    queue.enqueue(content());
    await tick();
    expect(consumer.deliveries[0]?.lock).toBeUndefined();
    expect(queue.counts()).toEqual({ active: 0, deferred: 0, locked: 0 });
  });
});

describe('MessageQueue: settling', () => {
  it('puts an abandoned message back to its place and counts', () => {
    const queue = queueOn(new ManualClock());
    for (let i = 0; i < 3; i++) queue.enqueue(content());
    const first = queue.take('peekLock')!;
    const second = queue.take('peekLock')!;
    queue.abandon(second.lock!.token);
    queue.abandon(first.lock!.token, new Map([['a', Buffer.from([0x41])]]));
    const again = queue.take('peekLock')!;
    expect(again.message).toMatchObject({ sequenceNumber: 1, deliveryCount: 1 });
    expect(again.message.modified?.get('a')).toEqual(Buffer.from([0x41]));
    expect(queue.take('peekLock')!.message.sequenceNumber).toBe(2);
    expect(queue.take('peekLock')!.message.sequenceNumber).toBe(3);
  });

  it('knows a lock only once', () => {
    const queue = queueOn(new ManualClock());
    queue.enqueue(content());
    const { token } = queue.take('peekLock')!.lock!;
    queue.complete(token);
    for (const again of [
      () => queue.complete(token),
      () => queue.abandon(token),
      () => queue.defer(token),
      () => queue.deadLetter(token, {}),
      () => queue.renew(token),
      () => queue.complete(999),
    ]) {
      expect(faultKind(again)).toBe('message-lock-lost');
    }
  });

  it('dead-letters after the maximum of failed deliveries, whatever made them fail', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock, { lockDurationMs: 1000 });
    queue.enqueue(content());
    queue.abandon(queue.take('peekLock')!.lock!.token);
    queue.take('peekLock');
    await clock.advance(1000);
    queue.abandon(queue.take('peekLock')!.lock!.token);
    expect(queue.counts().active).toBe(0);
    const dead = queue.deadLetterQueue!.take('peekLock')!;
    expect(dead.message).toMatchObject({
      deliveryCount: 3,
      sequenceNumber: 1,
      deadLetter: { source: 'q', reason: 'MaxDeliveryCountExceeded' },
    });
    // A dead letter neither fails for good nor can be dead-lettered.
    for (let i = 0; i < 5; i++)
      queue.deadLetterQueue!.abandon(i === 0 ? dead.lock!.token : queue.deadLetterQueue!.take('peekLock')!.lock!.token);
    const { token } = queue.deadLetterQueue!.take('peekLock')!.lock!;
    expect(faultKind(() => queue.deadLetterQueue!.deadLetter(token, {}))).toBe('not-allowed');
    queue.deadLetterQueue!.complete(token);
  });

  it('gives deferred messages by number only: all asked for, or none', () => {
    const queue = queueOn(new ManualClock());
    for (let i = 0; i < 3; i++) queue.enqueue(content());
    for (let i = 0; i < 2; i++) queue.defer(queue.take('peekLock')!.lock!.token);
    expect(queue.counts()).toEqual({ active: 1, deferred: 2, locked: 0 });
    expect(faultKind(() => queue.takeDeferred([1, 3], 'peekLock'))).toBe('message-not-found');
    const [one, two] = queue.takeDeferred([2, 1], 'peekLock');
    expect([one!.message.sequenceNumber, two!.message.sequenceNumber]).toEqual([2, 1]);
    expect(faultKind(() => queue.takeDeferred([1], 'peekLock'))).toBe('message-not-found');
    queue.abandon(one!.lock!.token);
    queue.complete(two!.lock!.token);
    expect(queue.takeDeferred([2], 'receiveAndDelete')[0]!.message.deliveryCount).toBe(2);
    expect(queue.counts()).toEqual({ active: 1, deferred: 0, locked: 0 });
    expect(queue.take('peekLock')!.message.sequenceNumber).toBe(3);
  });
});

describe('MessageQueue: time', () => {
  it('takes a message back when its lock runs out, to the millisecond', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock, { lockDurationMs: 1000 });
    queue.enqueue(content());
    const { lock } = queue.take('peekLock')!;
    await clock.advance(999);
    expect(queue.take('peekLock')).toBeUndefined();
    await clock.advance(1);
    expect(queue.take('peekLock')!.message.deliveryCount).toBe(1);
    expect(faultKind(() => queue.complete(lock!.token))).toBe('message-lock-lost');
  });

  it('keeps a renewed lock', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock, { lockDurationMs: 1000 });
    queue.enqueue(content());
    const { lock } = queue.take('peekLock')!;
    for (let i = 0; i < 5; i++) {
      await clock.advance(900);
      expect(queue.renew(lock!.token)).toBe(clock.now() + 1000);
    }
    queue.complete(lock!.token);
    expect(queue.counts().active).toBe(0);
  });

  it('drops expired messages, or dead-letters them; the shorter time to live counts', async () => {
    const clock = new ManualClock();
    const dropping = queueOn(clock, { defaultMessageTimeToLiveMs: 1000 });
    dropping.enqueue(content({ timeToLiveMs: 500 }));
    dropping.enqueue(content({ timeToLiveMs: 5000 }));
    dropping.enqueue(content());
    await clock.advance(500);
    expect(dropping.counts().active).toBe(2);
    await clock.advance(500);
    expect(dropping.counts().active).toBe(0);
    expect(dropping.deadLetterQueue!.counts().active).toBe(0);

    const keeping = queueOn(clock, { deadLetteringOnMessageExpiration: true });
    keeping.enqueue(content({ timeToLiveMs: 10 }));
    await clock.advance(10);
    expect(keeping.deadLetterQueue!.take('peekLock')!.message.deadLetter?.reason).toBe('TTLExpiredException');
  });

  it('lets a receiver finish with a message that expires meanwhile, but does not deliver it again', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock, { deadLetteringOnMessageExpiration: true });
    queue.enqueue(content({ timeToLiveMs: 10 }));
    queue.enqueue(content({ timeToLiveMs: 10 }));
    const [one, two] = [queue.take('peekLock')!, queue.take('peekLock')!];
    await clock.advance(20);
    queue.complete(one.lock!.token);
    queue.abandon(two.lock!.token);
    expect(queue.counts()).toEqual({ active: 0, deferred: 0, locked: 0 });
    expect(queue.deadLetterQueue!.counts().active).toBe(1);
  });

  it('expires deferred messages too, and stops for dead letters', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock, { deadLetteringOnMessageExpiration: true });
    queue.enqueue(content({ timeToLiveMs: 10 }));
    queue.defer(queue.take('peekLock')!.lock!.token);
    await clock.advance(10);
    expect(queue.counts()).toEqual({ active: 0, deferred: 0, locked: 0 });
    await clock.advance(1_000_000);
    expect(queue.deadLetterQueue!.counts().active).toBe(1);
  });

  it('expires ten thousand waiting messages at once without trouble', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock);
    for (let i = 0; i < 10_000; i++) queue.enqueue(content({ timeToLiveMs: 10 }));
    await clock.advance(10);
    expect(queue.counts().active).toBe(0);
    expect(queue.take('peekLock')).toBeUndefined();
  });
});
