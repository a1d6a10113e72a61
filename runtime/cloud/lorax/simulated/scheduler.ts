import type { Clock } from '../../../core/clock.ts';
import { Emitter } from '../../../core/events.ts';
import { type Random, seededRandom } from '../../../core/random.ts';
import type { BatchRun } from '../engine.ts';
import { generationError, overloadedError } from '../errors.ts';
import { type AdapterState, AdapterTiers } from './adapter-tiers.ts';
import type { SimulatedProfile } from './profile.ts';
import { Seat } from './seat.ts';
import { Unloads } from './unloads.ts';

/** A schedule this far behind real time starts anew instead of catching up in a burst. */
const MAX_LAG_MS = 50;
/** LoRAX's adapter-cycle-time: how long the requests of adapters that had their turn go before those that wait for one. */
const CYCLE_MS = 2000;

export interface SeatRequest {
  /** Registered in the tiers; none = base model. */
  adapters: readonly string[];
  promptTokens: number;
  /** Length of the answer; the seat leaves the batch by itself after so many steps. 0: only the adapters are wanted. */
  tokens: number;
}

/**
 * Continuous batching on one simulated GPU, as LoRAX schedules it: in every step each request of the batch gets one
 * token, then requests whose adapters are ready join, up to `maxBatch`. One queue per adapter: queues that are inside
 * their cycle go first, the others by the age of their requests. Due times are absolute: delays do not add up.
 */
export class Scheduler {
  readonly tiers: AdapterTiers;
  readonly #profile: SimulatedProfile;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #running = new Set<Seat>();
  /** Oldest first. */
  #waiting: Seat[] = [];
  /** Queue → when its cycle began, monotonic milliseconds. */
  readonly #cycles = new Map<string, number>();
  readonly #unloads = new Unloads();
  readonly #batches = new Emitter<BatchRun>();
  #timer: Disposable | undefined;
  #dueMs = 0;

  /** Fires after every step. */
  readonly onBatch = this.#batches.event;

  constructor(profile: SimulatedProfile, clock: Clock) {
    this.#profile = profile;
    this.#clock = clock;
    this.#random = seededRandom(profile.jitterSeed);
    this.tiers = new AdapterTiers(profile);
  }

  get runningCount(): number {
    return this.#running.size;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** @throws LoraxError `overloaded` when too many requests wait, `generation` for adapters that can never fit */
  enter(request: SeatRequest): Seat {
    if (this.#waiting.length >= this.#profile.queueLimit) throw overloadedError();
    if (!this.tiers.fits(request.adapters)) throw this.noRoom(request.adapters);
    const arrivedAtMs = this.#clock.monotonic();
    const absent = request.adapters.filter((id) => !this.tiers.isReady(id, arrivedAtMs));
    const seat = new Seat({ ...request, absent, arrivedAtMs });
    const ahead = adaptersOf([...this.#running, ...this.#waiting]);
    this.#waiting.push(seat);
    if (this.#running.size === 0) this.#restart();
    // A step is under way: the seat joins after it, but its adapters start to load now.
    else if (!this.#unloads.hold(seat)) this.tiers.ensure(seat.adapters, seat.arrivedAtMs, ahead);
    return seat;
  }

  /** Gives the place back; to be called for every seat, also at its natural end. */
  leave(seat: Seat): void {
    this.#running.delete(seat);
    this.#waiting = this.#waiting.filter((other) => other !== seat);
    const unused = this.#unloads.left(seat);
    for (const id of unused) this.tiers.evict(id);
    if (unused.length > 0) this.#resume();
  }

  /** A pinned adapter stays on the GPU once it is there. Requests that find no room any more fail. */
  pin(id: string, pinned: boolean): void {
    this.tiers.pin(id, pinned);
    this.#resume();
  }

  /** Takes an adapter out of memory when the requests that use it are done. */
  async unload(id: string): Promise<void> {
    const users = [...this.#running, ...this.#waiting].filter((seat) => seat.adapters.includes(id));
    if (users.length === 0) this.tiers.evict(id);
    await this.#unloads.whenUnused(id, users);
  }

  /** Why these adapters never get their turn. */
  noRoom(ids: readonly string[]): Error {
    const alone = ids.length > this.#profile.gpuAdapters;
    return generationError(
      alone
        ? `${ids.length} adapters do not fit into the GPU at once`
        : `there is no room for ${ids.join(', ')}: the GPU is full of pinned adapters, unpin one first`,
    );
  }

  /** Ends every request with `reason`. */
  dispose(reason: unknown): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const seat of [...this.#running, ...this.#waiting]) seat.fail(reason);
    this.#running.clear();
    this.#waiting = [];
    this.#batches.dispose();
  }

  /** Those who wait may go on, or have to give up; a running batch looks at them by itself after its step. */
  #resume(): void {
    if (this.#running.size === 0 && this.#waiting.length > 0) this.#restart();
  }

  #restart(): void {
    this.#timer?.[Symbol.dispose]();
    this.#dueMs = this.#clock.monotonic();
    this.#plan();
  }

  #plan(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonic();
    this.#admit(nowMs);
    if (this.#running.size > 0) {
      if (nowMs - this.#dueMs > MAX_LAG_MS) this.#dueMs = nowMs;
      const batch = this.#nextBatch();
      const durationMs = batch.reduce((sum, run) => sum + run.durationMs, 0);
      this.#dueMs += durationMs;
      this.#timer = this.#at(this.#dueMs, () => this.#step(batch));
    } else if (this.#waiting.length > 0) {
      const readyAtMs = this.tiers.nextReadyAtMs(nowMs);
      if (readyAtMs !== undefined) this.#timer = this.#at(readyAtMs, () => this.#restart());
    }
  }

  #step(batch: readonly BatchRun[]): void {
    for (const run of batch) this.#batches.fire(run);
    for (const seat of this.#running) {
      seat.grant();
      if (seat.remaining <= 0) this.#running.delete(seat);
    }
    this.#plan();
  }

  #admit(nowMs: number): void {
    const keep = adaptersOf(this.#running);
    const states = new Map<string, AdapterState>();
    const gone = new Set<Seat>();
    let blocked = false;
    for (const seat of this.#inTurn(nowMs)) {
      if (this.#unloads.hold(seat)) continue;
      if (!this.tiers.fits(seat.adapters)) {
        seat.fail(this.noRoom(seat.adapters));
        gone.add(seat);
        continue;
      }
      const state = states.get(seat.queue) ?? this.tiers.ensure(seat.adapters, nowMs, keep);
      states.set(seat.queue, state);
      for (const id of seat.adapters) keep.add(id);
      if (state === 'ready' && !blocked && (seat.remaining === 0 || this.#running.size < this.#profile.maxBatch)) {
        this.#start(seat, nowMs);
        gone.add(seat);
      } else {
        blocked ||= state === 'blocked' && nowMs - seat.arrivedAtMs > this.#cycleMs;
      }
    }
    if (gone.size > 0) this.#waiting = this.#waiting.filter((seat) => !gone.has(seat));
  }

  #start(seat: Seat, nowMs: number): void {
    this.tiers.touch(seat.adapters);
    if (!this.#inCycle(seat, nowMs)) this.#cycles.set(seat.queue, nowMs);
    if (seat.remaining > 0) this.#running.add(seat);
    if (seat.absent.length > 0) seat.adapterLoadMs = Math.max(...seat.absent.map((id) => this.tiers.loadMsOf(id)));
    seat.start();
  }

  #inTurn(nowMs: number): Seat[] {
    const first = this.#waiting.filter((seat) => this.#inCycle(seat, nowMs));
    return [...first, ...this.#waiting.filter((seat) => !this.#inCycle(seat, nowMs))];
  }

  #inCycle({ queue }: Seat, nowMs: number): boolean {
    const sinceMs = this.#cycles.get(queue);
    return sinceMs !== undefined && nowMs - sinceMs < this.#cycleMs;
  }

  get #cycleMs(): number {
    return CYCLE_MS * this.#profile.timeScale;
  }

  /** What the next step computes: the prompts of those that joined, and one token of everyone. */
  #nextBatch(): BatchRun[] {
    const { stepMs, stepMsPerSeq, stepMsPerAdapter, prefillMsPerTok, jitter, timeScale } = this.#profile;
    const noise = jitter > 0 ? Math.max(0.1, 1 + jitter * gaussian(this.#random)) : 1;
    const factor = noise * timeScale;
    const size = this.#running.size;
    const decodeMs = stepMs + stepMsPerSeq * size + stepMsPerAdapter * adaptersOf(this.#running).size;
    const fresh = [...this.#running].filter((seat) => seat.fresh);
    const prefillMs = prefillMsPerTok * fresh.reduce((sum, seat) => sum + seat.promptTokens, 0);
    const decode: BatchRun = { method: 'decode', size, durationMs: decodeMs * factor };
    if (fresh.length === 0) return [decode];
    return [{ method: 'prefill', size: fresh.length, durationMs: prefillMs * factor }, decode];
  }

  #at(dueMs: number, run: () => void): Disposable {
    if (this.#profile.timeScale > 0) return this.#clock.setTimeout(run, dueMs - this.#clock.monotonic());
    const immediate = setImmediate(run);
    return { [Symbol.dispose]: () => clearImmediate(immediate) };
  }
}

function adaptersOf(seats: Iterable<Seat>): Set<string> {
  const ids = new Set<string>();
  for (const seat of seats) for (const id of seat.adapters) ids.add(id);
  return ids;
}

/** Standard normal, by Box and Muller. */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
