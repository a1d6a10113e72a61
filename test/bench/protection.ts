import { bulkhead, ConsecutiveBreaker, circuitBreaker, handleAll, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import { AdaptiveLimit } from '../../runtime/reliability/adaptive-limit.ts';
import { Bulkhead } from '../../runtime/reliability/bulkhead.ts';
import { CircuitBreaker } from '../../runtime/reliability/circuit-breaker.ts';
import { deadline } from '../../runtime/reliability/deadline.ts';
import { protect } from '../../runtime/reliability/protect.ts';
import { Retry } from '../../runtime/reliability/retry.ts';
import { type Figure, interleave, medianQuantile } from './support/figures.ts';

const ROUNDS = 9;
const BATCHES_PER_ROUND = 20;
/** One call is too short for the clock. */
const CALLS_PER_BATCH = 2000;

/** What protection costs a call that succeeds at once: the way every prompt goes. The cost of the bare call is taken off. */
export async function benchProtection(): Promise<Figure[]> {
  const call = () => Promise.resolve(1);
  const { signal } = new AbortController();
  const lane = new Bulkhead({ lane: 'normal', limit: 50 });
  const breaker = new CircuitBreaker({ name: 'bench' });
  const limit = new AdaptiveLimit({ name: 'bench' });
  const guarded = protect({ retry: new Retry({ isSafe: () => false }), limit, breaker });
  const theirs = [
    bulkhead(50),
    circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) }),
  ] as const;
  const peer = wrap(...theirs);
  const peerInTime = wrap(timeout(30_000, TimeoutStrategy.Cooperative), ...theirs);
  const samples = await interleave(ROUNDS, {
    bare: () => nsPerCall(call),
    breaker: () => nsPerCall(() => breaker.execute(call, signal)),
    lane: () => nsPerCall(() => lane.run(call, signal)),
    protect: () => nsPerCall(() => guarded(call, signal)),
    both: () => nsPerCall(() => lane.run(() => breaker.execute(call, signal), signal)),
    deadline: () =>
      nsPerCall(async () => {
        const { signal: whole, dispose } = deadline(30_000, signal);
        await lane.run(() => breaker.execute(call, whole), whole);
        dispose();
      }),
    peer: () => nsPerCall(() => peer.execute(call, signal)),
    peerInTime: () => nsPerCall(() => peerInTime.execute(call, signal)),
  });
  const cost = (name: keyof typeof samples) => medianQuantile(samples[name], 0.5) - medianQuantile(samples.bare, 0.5);
  const figure = (name: string, of: keyof typeof samples): Figure => ({ name, ours: ns(cost(of)) });
  const beside = (name: string, of: keyof typeof samples, what: string, peer: keyof typeof samples): Figure => ({
    ...figure(name, of),
    peer: `${what} ${ns(cost(peer))}`,
    ratio: cost(of) / cost(peer),
  });
  return [
    figure('circuit breaker', 'breaker'),
    figure('bulkhead', 'lane'),
    beside('bulkhead and breaker', 'both', "cockatiel's", 'peer'),
    beside('bulkhead, breaker and deadline', 'deadline', "cockatiel's, with its timeout", 'peerInTime'),
    figure('retry, adaptive limit and breaker', 'protect'),
  ];
}

const ns = (value: number) => `${Math.round(value)} ns`;

/** Nanoseconds of one call, for each batch. */
async function nsPerCall(call: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let batch = 0; batch < BATCHES_PER_ROUND; batch++) {
    const startedAt = performance.now();
    for (let i = 0; i < CALLS_PER_BATCH; i++) await call();
    samples.push(((performance.now() - startedAt) * 1e6) / CALLS_PER_BATCH);
  }
  return samples;
}
