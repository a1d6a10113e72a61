import { describe, expect, it } from 'vitest';
import { assumedProfile, type SimulatedProfile } from '../../../../../runtime/cloud/lorax/simulated/profile.ts';
import { Scheduler, type SeatRequest } from '../../../../../runtime/cloud/lorax/simulated/scheduler.ts';
import { ManualClock } from '../../../../../runtime/core/clock.ts';

/** Round figures: a step of one request takes 10 ms, a prompt token 1 ms, and 1 MB goes in 1 ms from tier to tier. */
const ROUND: SimulatedProfile = {
  ...assumedProfile,
  stepMs: 10,
  stepMsPerSeq: 0,
  stepMsPerAdapter: 0,
  prefillMsPerTok: 1,
  diskMBps: 1000,
  h2dMBps: 1000,
};

function setUp(profile: Partial<SimulatedProfile> = {}, clock = new ManualClock(0)) {
  const scheduler = new Scheduler({ ...ROUND, ...profile }, clock);
  /** Runs a request; when it started and when its tokens came is noted. */
  const enter = (request: Partial<SeatRequest> = {}) => {
    const full = { adapters: [], promptTokens: 0, tokens: 3, ...request };
    for (const id of full.adapters) scheduler.tiers.register(id, 20_000_000, 'hash');
    const seat = scheduler.enter(full);
    const run = { seat, startedAt: Number.NaN, tokensAt: [] as number[], failed: undefined as unknown };
    const consume = async () => {
      await seat.started();
      run.startedAt = clock.monotonic();
      for (let n = 0; n < full.tokens; n++) {
        await seat.step();
        run.tokensAt.push(clock.monotonic());
      }
    };
    consume().catch((error: unknown) => {
      run.failed = error;
    });
    return run;
  };
  return { clock, scheduler, enter };
}

describe('steps', () => {
  it('give each request one token, the first after its prompt was read', async () => {
    const { clock, enter } = setUp();
    const run = enter({ promptTokens: 7 });
    await clock.advance(100);
    expect(run).toMatchObject({ startedAt: 0, tokensAt: [17, 27, 37] });
  });

  it('take stepMs + stepMsPerSeq · batch + stepMsPerAdapter · distinct adapters', async () => {
    const { clock, enter } = setUp({ stepMsPerSeq: 2, stepMsPerAdapter: 5 });
    const base = enter({ tokens: 20 });
    const one = enter({ adapters: ['a'], tokens: 20 });
    const two = enter({ adapters: ['a'], tokens: 20 });
    await clock.advance(200);
    const steps = base.tokensAt.slice(-2);
    expect((steps[1] ?? 0) - (steps[0] ?? 0)).toBe(10 + 2 * 3 + 5);
    expect(one.tokensAt.at(-1)).toBe(two.tokensAt.at(-1));
  });

  it('keep an absolute schedule: 10 000 steps of a third of a millisecond do not drift', async () => {
    const { clock, enter } = setUp({ stepMs: 1 / 3 });
    const run = enter({ tokens: 10_000 });
    await clock.advance(3400);
    expect(run.tokensAt.at(-1)).toBeCloseTo(10_000 / 3, 6);
  });

  it('start the schedule anew when it is more than 50 ms late, instead of a burst', async () => {
    class LateClock extends ManualClock {
      override setTimeout(run: () => void, delayMs: number) {
        return super.setTimeout(run, Math.max(0, delayMs) + 200);
      }
    }
    const { clock, enter } = setUp({}, new LateClock(0));
    const run = enter();
    await clock.advance(1000);
    expect(run.tokensAt).toEqual([210, 420, 630]);
  });

  it('are faster or slower by timeScale, and need no clock at 0', async () => {
    const half = setUp({ timeScale: 0.5 });
    const run = half.enter({ adapters: ['a'] });
    await half.clock.advance(100);
    expect(run).toMatchObject({ startedAt: 20, tokensAt: [25, 30, 35] });

    const instant = setUp({ timeScale: 0 });
    const none = instant.enter({ adapters: ['a'], promptTokens: 1000 });
    await expect.poll(() => none.tokensAt).toEqual([0, 0, 0]);
  });

  it('vary by a seeded jitter', async () => {
    const times = async (jitterSeed: number) => {
      const { clock, enter } = setUp({ jitter: 0.2, jitterSeed });
      const run = enter({ tokens: 5 });
      await clock.advance(200);
      return run.tokensAt;
    };
    expect(await times(1)).toEqual(await times(1));
    expect(await times(1)).not.toEqual(await times(2));
    expect(await times(1)).not.toEqual([10, 20, 30, 40, 50]);
  });
});

describe('the batch', () => {
  it('is joined between steps, first come first served, up to maxBatch', async () => {
    const { clock, enter, scheduler } = setUp({ maxBatch: 2 });
    const runs = [enter(), enter(), enter(), enter()];
    expect([scheduler.runningCount, scheduler.waitingCount]).toEqual([1, 3]);
    await clock.advance(200);
    expect(runs.map(({ startedAt }) => startedAt)).toEqual([0, 10, 30, 40]);
  });

  it('is left at once by a request that ends early', async () => {
    const { clock, enter, scheduler } = setUp({ maxBatch: 1 });
    const first = enter({ tokens: 100 });
    const second = enter();
    await clock.advance(10);
    scheduler.leave(first.seat);
    await clock.advance(10);
    expect(second.startedAt).toBe(20);
    scheduler.leave(second.seat);
    await clock.advance(100);
    expect([scheduler.runningCount, scheduler.waitingCount]).toEqual([0, 0]);
  });

  it('refuses what would wait beyond queueLimit', () => {
    const { enter } = setUp({ maxBatch: 1, queueLimit: 1 });
    enter();
    enter();
    expect(() => enter()).toThrow('Model is overloaded');
  });

  it('ends with the reason of the disposal', async () => {
    const { clock, enter, scheduler } = setUp({ maxBatch: 1 });
    const runs = [enter(), enter()];
    const reason = new Error('over');
    scheduler.dispose(reason);
    await clock.advance(0);
    expect(runs.map(({ failed }) => failed)).toEqual([reason, reason]);
  });
});

describe('adapters', () => {
  it('come from disk to host to GPU before their first request starts, and are there for the next', async () => {
    const { clock, enter } = setUp();
    const cold = enter({ adapters: ['a'] });
    await clock.advance(100);
    expect(cold.startedAt).toBe(40); // 20 MB: 20 ms from disk and 20 ms to the GPU
    const warm = enter({ adapters: ['a'] });
    await clock.advance(100);
    expect(warm.startedAt).toBe(100);
  });

  it('never block the decoding of others while they load', async () => {
    const { clock, enter } = setUp();
    const base = enter({ tokens: 8 });
    await clock.advance(5);
    const cold = enter({ adapters: ['a'] });
    await clock.advance(200);
    expect(base.tokensAt).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
    expect(cold.startedAt).toBe(50); // asked for at 5, ready at 45, joined at the next step
  });

  it('share disk and bus: two cold loads overlap only where they use different ones', async () => {
    const { clock, enter } = setUp();
    const runs = [enter({ adapters: ['a'] }), enter({ adapters: ['b'] })];
    await clock.advance(40);
    await clock.advance(100);
    expect(runs[0]?.startedAt).toBe(40);
    expect(runs[1]?.startedAt).toBe(60);
  });

  it('leave the GPU least recently used first, and come back from host memory', async () => {
    const { clock, enter, scheduler } = setUp({ gpuAdapters: 2 });
    for (const id of ['a', 'b', 'a', 'c']) {
      enter({ adapters: [id] });
      await clock.advance(200);
    }
    expect(['a', 'b', 'c'].map((id) => scheduler.tiers.isReady(id, clock.monotonic()))).toEqual([true, false, true]);
    const back = enter({ adapters: ['b'] });
    const askedAt = clock.monotonic();
    await clock.advance(200);
    expect(back.startedAt - askedAt).toBe(20); // no disk
    expect(scheduler.tiers.get('b')?.loadCount).toBe(2);
  });

  it('leave host memory too when it is full', async () => {
    const { clock, enter } = setUp({ gpuAdapters: 1, hostAdapters: 2 });
    for (const id of ['a', 'b', 'c']) {
      enter({ adapters: [id] });
      await clock.advance(200);
    }
    const askedAt = clock.monotonic();
    const back = enter({ adapters: ['a'] });
    await clock.advance(200);
    expect(back.startedAt - askedAt).toBe(40); // from disk again
  });

  it('are never taken from the running batch', async () => {
    const { clock, enter } = setUp({ gpuAdapters: 1 });
    const long = enter({ adapters: ['a'], tokens: 50 });
    await clock.advance(45);
    const other = enter({ adapters: ['b'] });
    await clock.advance(1000);
    expect(long.tokensAt).toHaveLength(50);
    expect(other.startedAt).toBe((long.tokensAt.at(-1) ?? 0) + 20); // it waited in host memory
  });

  it('that had their turn go on for 2 s, those that wait for one come after them', async () => {
    const { clock, enter } = setUp({ maxBatch: 1 });
    const turns = [['a'], ['b'], ['a'], ['a']].map((adapters) => enter({ adapters }));
    await clock.advance(500);
    const order = turns.map(({ startedAt }, n) => ({ startedAt, n })).sort((x, y) => x.startedAt - y.startedAt);
    expect(order.map(({ n }) => n)).toEqual([0, 2, 3, 1]);

    const busy = setUp({ maxBatch: 1 });
    busy.enter({ adapters: ['a'] });
    const patient = busy.enter({ adapters: ['b'] });
    const younger = Array.from({ length: 100 }, () => busy.enter({ adapters: ['a'] }));
    await busy.clock.advance(4000);
    expect(patient.startedAt).toBe(2050); // the cycle began at 40, the step after 2040 ends here
    expect(younger.at(-1)?.startedAt).toBeGreaterThan(patient.startedAt);
  });

  it('are not starved: after 2 s without room nobody overtakes any more', async () => {
    const { clock, enter } = setUp({ gpuAdapters: 1 });
    enter({ adapters: ['a'], tokens: 250 });
    await clock.advance(100);
    const starved = enter({ adapters: ['b'] });
    const overtaking = enter({ adapters: ['a'] });
    await clock.advance(2100);
    expect(overtaking.tokensAt).toHaveLength(3);
    const late = enter({ adapters: ['a'] });
    await clock.advance(2000);
    expect(starved.tokensAt).toHaveLength(3);
    expect(late.startedAt).toBeGreaterThan(starved.startedAt);
  });

  it('that can never fit together are refused', () => {
    const { enter } = setUp({ gpuAdapters: 1 });
    expect(() => enter({ adapters: ['a', 'b'] })).toThrow('2 adapters do not fit into the GPU at once');
  });

  it('that are pinned stay, and the others share what is left', async () => {
    const { clock, enter, scheduler } = setUp({ gpuAdapters: 2 });
    enter({ adapters: ['a'] });
    await clock.advance(200);
    scheduler.pin('a', true);
    for (const id of ['b', 'c']) {
      enter({ adapters: [id] });
      await clock.advance(200);
    }
    expect(['a', 'b', 'c'].map((id) => scheduler.tiers.tierOf(id))).toEqual(['gpu', 'host', 'gpu']);
  });

  it('that find everything pinned fail at once, also those that wait already', async () => {
    const { clock, enter, scheduler } = setUp({ gpuAdapters: 1 });
    enter({ adapters: ['a'], tokens: 10 });
    await clock.advance(50);
    const waiting = enter({ adapters: ['b'] });
    scheduler.pin('a', true);
    await clock.advance(200);
    expect(String(waiting.failed)).toMatch(/no room for b: the GPU is full of pinned adapters/);
    expect(() => enter({ adapters: ['b'] })).toThrow(/full of pinned adapters/);
    scheduler.pin('a', false);
    const later = enter({ adapters: ['b'] });
    await clock.advance(200);
    expect(later.tokensAt).toHaveLength(3);
  });

  it('leave memory when the requests that use them are done; later requests load them again', async () => {
    const { clock, enter, scheduler } = setUp();
    const using = enter({ adapters: ['a'] });
    await clock.advance(50);
    let unloadedAt = Number.NaN;
    const unloading = scheduler.unload('a').then(() => {
      unloadedAt = clock.monotonic();
    });
    const later = enter({ adapters: ['a'] });
    await clock.advance(100);
    expect(using.tokensAt).toHaveLength(3);
    expect([unloadedAt, later.startedAt]).toEqual([Number.NaN, Number.NaN]);
    scheduler.leave(using.seat);
    await unloading;
    await clock.advance(100);
    expect(unloadedAt).toBe(150);
    expect(later.startedAt).toBe(190);
    expect(scheduler.tiers.get('a')?.loadCount).toBe(2);
  });

  it('serve a thousand requests over a hundred adapters', async () => {
    const { clock, enter, scheduler } = setUp({ ...assumedProfile });
    const runs = Array.from({ length: 1000 }, (_, n) =>
      enter({ adapters: [`a${n % 100}`], promptTokens: 20, tokens: 64 }),
    );
    await clock.advance(120_000);
    expect(runs.every(({ tokensAt }) => tokensAt.length === 64)).toBe(true);
    expect([scheduler.runningCount, scheduler.waitingCount]).toEqual([0, 0]);
  });
});
