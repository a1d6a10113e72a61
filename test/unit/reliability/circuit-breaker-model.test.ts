import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { CircuitBreaker, guarded } from '../../../runtime/reliability/circuit-breaker.ts';

const ILL = new Error('ill');
const REFUSAL = new Error('a refusal');

/** A small generator of random numbers (mulberry32), so that a failing run can be repeated. */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the breaker should do, in the plainest words. */
class Model {
  state: 'closed' | 'open' | 'half_open' = 'closed';
  failures = 0;
  openedAt = 0;
  probing = 0;
  /** Counts the times it became half-open: a probe of an earlier time decides nothing. */
  turn = 0;

  admit(now: number): { probe: number | undefined } | 'refused' {
    if (this.state === 'open' && now - this.openedAt >= 1000) {
      this.state = 'half_open';
      this.probing = 0;
      this.turn++;
    }
    if (this.state === 'open' || (this.state === 'half_open' && this.probing === 2)) return 'refused';
    if (this.state === 'closed') return { probe: undefined };
    this.probing++;
    return { probe: this.turn };
  }

  end(probe: number | undefined, result: 'good' | 'ill' | 'cancelled', now: number): void {
    const decides = probe !== undefined && this.state === 'half_open' && probe === this.turn;
    if (result === 'cancelled') {
      if (decides) this.probing--;
    } else if (decides || (probe === undefined && this.state === 'closed')) {
      this.failures = result === 'good' ? 0 : this.failures + 1;
      if (result === 'good') this.state = 'closed';
      else if (decides || this.failures >= 3) this.open(now);
    }
  }

  open(now: number): void {
    this.state = 'open';
    this.openedAt = now;
    this.failures = 0;
  }
}

interface Running {
  probe: number | undefined;
  caller: AbortController;
  work: PromiseWithResolvers<void>;
  ended: Promise<unknown>;
}

async function run(seed: number): Promise<void> {
  const random = seeded(seed);
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({
    ...{ name: 'lorax', failureThreshold: 3, recoveryTimeoutMs: 1000, probes: 2 },
    isFailure: (error) => error !== REFUSAL,
    clock,
  });
  const model = new Model();
  const running: Running[] = [];
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  for (let step = 0; step < 200; step++) {
    const action = pick(['call', 'call', 'end', 'end', 'end', 'wait', 'reset', 'open']);
    if (action === 'call') {
      const admitted = model.admit(clock.now());
      const caller = new AbortController();
      const work = Promise.withResolvers<void>();
      let called = false;
      const ended = breaker
        .execute(() => {
          called = true;
          return work.promise;
        }, caller.signal)
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(called, `seed ${seed}, step ${step}`).toBe(admitted !== 'refused');
      if (admitted === 'refused') expect(await ended).toMatchObject({ code: 'AOS_BREAKER_OPEN' });
      else running.push({ probe: admitted.probe, caller, work, ended });
    } else if (action === 'end' && running.length > 0) {
      const [call] = running.splice(Math.floor(random() * running.length), 1) as [Running];
      const result = pick(['good', 'refused', 'ill', 'ill', 'cancelled']);
      if (result === 'cancelled') call.caller.abort();
      if (result === 'good') call.work.resolve();
      else call.work.reject(result === 'refused' ? REFUSAL : ILL);
      await call.ended;
      model.end(call.probe, result === 'refused' ? 'good' : (result as 'good' | 'ill' | 'cancelled'), clock.now());
    } else if (action === 'wait') {
      await clock.advance(pick([10, 400, 1000]));
    } else if (action === 'reset' && random() < 0.2) {
      breaker.reset();
      model.state = 'closed';
      model.failures = 0;
    } else if (action === 'open' && random() < 0.2) {
      breaker.open();
      model.open(clock.now());
    }
    const view = breaker.view();
    const due = model.state === 'open' && clock.now() - model.openedAt >= 1000;
    expect(view.state, `seed ${seed}, step ${step}`).toBe(due ? 'half_open' : model.state);
    if (model.state === 'closed') expect(view.failures).toBe(model.failures);
  }
  for (const { work, ended } of running) {
    work.resolve();
    await ended;
  }
}

describe('CircuitBreaker', () => {
  it('does what its model does, whatever happens in whatever order', async () => {
    for (let seed = 1; seed <= 100; seed++) await run(seed);
  });

  it('tells of every change of its state, and of the last failure', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ name: 'lorax', failureThreshold: 2, clock });
    const states: string[] = [];
    breaker.onChanged(({ state }) => states.push(state));
    const fails = breaker.wrap((text: string) => Promise.reject(new Error(text)));
    await expect(fails('connection refused')).rejects.toThrow('connection refused');
    await expect(fails('connection reset')).rejects.toThrow('connection reset');
    expect(breaker.view().last_error).toBe('connection reset');
    await expect(fails('not called')).rejects.toThrow('is open: connection reset');
    await clock.advance(60_000);
    await breaker.execute(async () => 'well');
    breaker.open();
    breaker.reset();
    expect(states).toEqual(['open', 'half_open', 'closed', 'open', 'closed']);
  });

  it('guards a method as its decorator', async () => {
    const breaker = new CircuitBreaker({ name: 'lorax', failureThreshold: 1 });
    class Endpoint {
      readonly name = 'lorax';
      // Node's own type stripping knows no decorators: applied by hand, as a build would.
      ask = guarded(breaker)(async function (this: Endpoint, prompt: string) {
        if (prompt === '') throw ILL;
        return `${this.name}: ${prompt}`;
      });
    }
    const endpoint = new Endpoint();
    expect(await endpoint.ask('why?')).toBe('lorax: why?');
    await expect(endpoint.ask('')).rejects.toBe(ILL);
    await expect(endpoint.ask('why?')).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN' });
  });
});
