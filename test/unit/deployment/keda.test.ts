import { describe, expect, it } from 'vitest';
import type { ScaleBounds } from '../../../runtime/contracts/capacity.ts';
import { poll, type ScaleState, simulateScaling, startedWith } from '../../../runtime/deployment/keda.ts';
import load from './recorded-load.json' with { type: 'json' };

const SHARDS = 10;
const rule: ScaleBounds = {
  min_replicas: 1,
  max_replicas: SHARDS,
  message_count: 100,
  polling_seconds: 30,
  cooldown_seconds: 300,
};

/** Replicas after each look at a queue with so many messages, one look every half minute. */
function looks(queue: readonly number[], { min_replicas }: Pick<ScaleBounds, 'min_replicas'> = rule): number[] {
  let state: ScaleState = startedWith(min_replicas);
  return queue.map((active, i) => {
    state = poll(state, { ...rule, min_replicas }, { atS: i * 30, active });
    return state.replicas;
  });
}

describe('a look at the queue', () => {
  it('asks for a replica for every hundred messages begun, between the bounds', () => {
    expect([0, 1, 100, 101, 250, 399].map((active) => looks([active])[0])).toEqual([1, 1, 1, 2, 3, 4]);
    expect(looks([1e6, 1e6, 1e6, 1e6]).at(-1)).toBe(SHARDS);
  });

  it('goes up in steps: the first one, four, then twice as many', () => {
    expect(looks([1e6, 1e6, 1e6, 1e6], { min_replicas: 0 })).toEqual([1, 4, 8, 10]);
  });

  it('takes replicas away when no look in five minutes has asked for more', () => {
    const quiet = looks([400, ...Array(11).fill(150)]);
    expect(quiet).toEqual([...Array(10).fill(4), 2, 2]);
    // One more look at many messages begins the five minutes anew.
    expect(looks([400, 150, 150, 400, ...Array(9).fill(150)]).at(-1)).toBe(4);
  });

  it('lets the last replica go a cool-down after the last message', () => {
    const patient = { ...rule, min_replicas: 0, cooldown_seconds: 600 };
    let state = startedWith(0);
    const replicas = [5, ...Array(21).fill(0)].map((active, i) => {
      state = poll(state, patient, { atS: i * 30, active });
      return state.replicas;
    });
    expect(replicas).toEqual([...Array(20).fill(1), 0, 0]);
  });
});

describe('the recorded load', () => {
  /** One replica handled as many a second while messages waited for it. */
  const messagesPerSecond = 63;
  const silence = Array(900).fill(0);
  const run = (changes: Partial<ScaleBounds> = {}) =>
    simulateScaling({
      rule: { ...rule, ...changes },
      shards: SHARDS,
      arrivals: [...load.sent, ...silence],
      messagesPerSecond,
    });

  it('piles up in the model as it did in the queue', () => {
    const [recorded, modelled] = [load.active, run({ max_replicas: 1 }).map(({ active }) => active)];
    const longest = Math.max(...recorded);
    expect(longest).toBeGreaterThan(3500);
    expect(Math.abs(Math.max(...modelled) - longest)).toBeLessThan(0.15 * longest);
    expect(Math.abs(modelled.indexOf(Math.max(...modelled)) - recorded.indexOf(longest))).toBeLessThan(5);
  });

  it('gets the replicas that its queue asks for, and never more than there are shards', () => {
    const samples = run();
    const most = Math.max(...samples.map(({ replicas }) => replicas));
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(SHARDS);
    for (const [second, { replicas }] of samples.entries()) {
      const before = samples[second - 1];
      if (!before || replicas <= before.replicas) continue;
      expect([second % 30, Math.ceil(before.active / rule.message_count) >= replicas]).toEqual([0, true]);
    }
    const waited = (of: typeof samples) => of.reduce((sum, { active }) => sum + active, 0);
    expect(waited(samples)).toBeLessThan(0.5 * waited(run({ max_replicas: 1 })));
  });

  it('gets no replica for which no shard is left, however long its queue is', () => {
    const few = run({ max_replicas: 3, message_count: 1 });
    expect(Math.max(...few.map(({ replicas }) => replicas))).toBe(3);
    // Replicas beyond the shards would not shorten it: they wait.
    const [ten, twenty] = [10, 20].map((max_replicas) =>
      simulateScaling({
        ...{ rule: { ...rule, max_replicas, message_count: 1 }, shards: 10, messagesPerSecond: 1 },
        arrivals: Array(600).fill(50),
      }),
    );
    expect(twenty!.at(-1)!.serving).toBe(20);
    expect(twenty!.at(-1)!.active).toBeLessThanOrEqual(ten!.at(-1)!.active);
    expect(ten!.at(-1)!.active - twenty!.at(-1)!.active).toBeLessThan(300);
  });

  it('leaves the least replicas behind, five minutes after the queue asked for more the last time', () => {
    const samples = run();
    const lastAsked = samples.findLastIndex(({ active }, second) => second % 30 === 29 && active > rule.message_count);
    const back = samples.findIndex(({ replicas }, second) => second > lastAsked && replicas === 1);
    expect(back - (lastAsked + 1)).toBeGreaterThanOrEqual(300);
    expect(back - (lastAsked + 1)).toBeLessThanOrEqual(330);
    expect(samples.at(-1)).toMatchObject({ replicas: 1, active: 0 });
  });

  it('waits longer for its replicas when the queue is looked at less often', () => {
    const firstMore = (polling_seconds: number) => run({ polling_seconds }).findIndex(({ replicas }) => replicas > 1);
    expect(firstMore(60)).toBeGreaterThan(firstMore(10));
    expect([firstMore(60) % 60, firstMore(10) % 10]).toEqual([0, 0]);
  });
});
