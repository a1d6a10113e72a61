import { describe, expect, it } from 'vitest';
import type { MessageQueue } from '../../../../../runtime/cloud/servicebus/entity/message-queue.ts';
import type { SessionLock } from '../../../../../runtime/cloud/servicebus/entity/session-table.ts';
import { ManualClock } from '../../../../../runtime/core/clock.ts';
import { faultKind } from '../fault-kind.ts';
import { content, queueOn, TestConsumer } from '../fixtures.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
const never = () => expect.unreachable('the lock was not to be lost');
const holder = (owner: string) => ({ owner, onLost: never });

function setup(lockDurationMs = 1000) {
  const clock = new ManualClock();
  const queue = queueOn(clock, { requiresSession: true, lockDurationMs });
  return { clock, queue, sessions: queue.sessions! };
}

function waiter(name: string, timeoutMs = 10_000) {
  const events: string[] = [];
  const granted: SessionLock[] = [];
  return {
    events,
    granted,
    owner: name,
    timeoutMs,
    onLost: () => events.push('lost'),
    onTimeout: () => events.push('timeout'),
    onGranted: (lock: SessionLock) => {
      events.push(`granted ${lock.session.id}`);
      granted.push(lock);
    },
  };
}

const fill = (queue: MessageQueue, sessionId: string, count: number) => {
  for (let i = 0; i < count; i++) queue.enqueue(content({ sessionId }));
};

describe('sessions', () => {
  it('are exclusive; their messages go to their holder only', async () => {
    const { queue, sessions } = setup();
    fill(queue, 'a', 2);
    fill(queue, 'b', 1);
    const lock = sessions.lock('a', holder('one'));
    expect(faultKind(() => sessions.lock('a', holder('two')))).toBe('session-cannot-be-locked');
    const consumer = new TestConsumer(10);
    lock.consumer = consumer;
    queue.wake(lock);
    fill(queue, 'a', 1);
    await tick();
    expect(consumer.numbers).toEqual([1, 2, 4]);
  });

  it('are given to those who wait, first come first served, the longest waiting session first', () => {
    const { queue, sessions } = setup();
    fill(queue, 'a', 1);
    fill(queue, 'b', 1);
    const [one, two, three] = [waiter('one'), waiter('two'), waiter('three')];
    for (const each of [one, two, three]) sessions.lockNext(each);
    expect([one.events, two.events, three.events]).toEqual([['granted a'], ['granted b'], []]);
    fill(queue, 'c', 1);
    expect(three.events).toEqual(['granted c']);
  });

  it('pass to the next one when released, if messages are left', () => {
    const { queue, sessions } = setup();
    fill(queue, 'a', 3);
    const [one, two] = [waiter('one'), waiter('two')];
    sessions.lockNext(one);
    sessions.lockNext(two);
    const taken = [queue.take('peekLock', one.granted[0])!, queue.take('peekLock', one.granted[0])!];
    queue.complete(taken[0]!.lock!.token);
    sessions.release(one.granted[0]!, { failed: false });
    expect(two.events).toEqual(['granted a']);
    const next = queue.take('peekLock', two.granted[0])!;
    expect(next.message).toMatchObject({ sequenceNumber: 2, deliveryCount: 0 });
    expect(faultKind(() => queue.complete(taken[1]!.lock!.token))).toBe('message-lock-lost');
  });

  it('count a failed delivery when the holder vanished', () => {
    const { queue, sessions } = setup();
    fill(queue, 'a', 2);
    for (let attempt = 0; attempt < 3; attempt++) {
      const lock = sessions.lock('a', holder('one'));
      const taken = queue.take('peekLock', lock)!;
      expect(taken.message).toMatchObject({ sequenceNumber: 1, deliveryCount: attempt });
      sessions.release(lock, { failed: true });
    }
    expect(queue.deadLetterQueue!.counts().active).toBe(1);
    expect(queue.take('peekLock', sessions.lock('a', holder('one')))!.message.sequenceNumber).toBe(2);
  });

  it('are lost when their lock runs out, unless it is renewed', async () => {
    const { clock, queue, sessions } = setup(1000);
    fill(queue, 'a', 1);
    const [one, two] = [waiter('one'), waiter('two')];
    sessions.lockNext(one);
    const lock = one.granted[0]!;
    const taken = queue.take('peekLock', lock)!;
    await clock.advance(900);
    expect(sessions.renew(lock)).toBe(clock.now() + 1000);
    await clock.advance(999);
    expect(one.events).toEqual(['granted a']);
    expect(sessions.held('a', 'one')).toBe(lock);
    sessions.lockNext(two);
    await clock.advance(1);
    expect(one.events).toEqual(['granted a', 'lost']);
    expect(two.events).toEqual(['granted a']);
    expect(faultKind(() => sessions.held('a', 'one'))).toBe('session-lock-lost');
    expect(faultKind(() => queue.complete(taken.lock!.token))).toBe('message-lock-lost');
    expect(queue.take('peekLock', two.granted[0])!.message.deliveryCount).toBe(1);
  });

  it('time out for those who wait in vain, who then get nothing more', async () => {
    const { clock, queue, sessions } = setup();
    const [one, two] = [waiter('one', 500), waiter('two', 5000)];
    sessions.lockNext(one);
    sessions.lockNext(two);
    await clock.advance(500);
    expect(one.events).toEqual(['timeout']);
    sessions.cancelWait(two);
    fill(queue, 'a', 1);
    await clock.advance(10_000);
    expect([one.events, two.events]).toEqual([['timeout'], []]);
  });

  it('exist by name without messages, and are forgotten when nothing is left of them', () => {
    const { queue, sessions } = setup();
    const lock = sessions.lock('new', holder('one'));
    expect([...sessions.values()]).toHaveLength(1);
    sessions.release(lock, { failed: false });
    expect([...sessions.values()]).toHaveLength(0);

    const stateful = sessions.lock('state', holder('one'));
    sessions.setState(stateful, Buffer.from('x'));
    sessions.release(stateful, { failed: false });
    fill(queue, 'full', 1);
    expect(sessions.get('state')?.state).toEqual(Buffer.from('x'));
    expect(sessions.list(0)).toEqual(['state']);
    expect(sessions.list(undefined)).toEqual(['full']);
    const again = sessions.lock('state', holder('one'));
    sessions.setState(again, undefined);
    sessions.release(again, { failed: false });
    expect(sessions.get('state')).toBeUndefined();
  });

  it('keep deferred messages for their holder, and do not offer themselves for those', () => {
    const { queue, sessions } = setup();
    fill(queue, 'a', 1);
    const lock = sessions.lock('a', holder('one'));
    queue.defer(queue.take('peekLock', lock)!.lock!.token);
    const other = sessions.lock('b', holder('two'));
    expect(faultKind(() => queue.takeDeferred([1], 'peekLock', other))).toBe('message-not-found');
    const [deferred] = queue.takeDeferred([1], 'peekLock', lock);
    sessions.release(lock, { failed: false });
    const next = waiter('next');
    sessions.lockNext(next);
    expect(next.events).toEqual([]);
    expect(queue.counts()).toEqual({ active: 0, deferred: 1, locked: 0 });
    expect(deferred!.message.state).toBe('deferred');
  });

  it('dead-letter what comes without a session id from a topic', () => {
    const { queue } = setup();
    queue.enqueue(content());
    expect(queue.counts().active).toBe(0);
    expect(queue.deadLetterQueue!.take('peekLock')!.message.deadLetter?.reason).toBe('Session ID is null.');
  });
});
