import { describe, expect, it } from 'vitest';
import { ConsumerRing } from '../../../../../runtime/cloud/servicebus/entity/consumer.ts';
import { TestConsumer } from '../fixtures.ts';

describe('ConsumerRing', () => {
  it('takes turns among those that have credit, while they come and go', () => {
    const ring = new ConsumerRing();
    expect(ring.next()).toBeUndefined();
    const [a, b, c] = [new TestConsumer(9), new TestConsumer(9), new TestConsumer(0)];
    for (const consumer of [a, b, c]) ring.add(consumer);
    const turns = [ring.next(), ring.next(), ring.next(), ring.next()];
    expect(new Set(turns)).toEqual(new Set([a, b]));
    expect(turns[0]).toBe(turns[2]);
    c.credit = 1;
    expect(new Set([ring.next(), ring.next(), ring.next()])).toEqual(new Set([a, b, c]));
    ring.remove(a);
    ring.remove(c);
    expect([ring.next(), ring.next()]).toEqual([b, b]);
    b.credit = 0;
    expect(ring.next()).toBeUndefined();
  });
});
