import type { Clock } from '../../../core/clock.ts';
import { generationError, overloadedError } from '../errors.ts';
import { AdapterTiers } from './adapter-tiers.ts';
import type { SimulatedProfile } from './profile.ts';
import { type Random, seededRandom } from './random.ts';
import { Seat } from './seat.ts';

/** A schedule this far behind real time starts anew instead of catching up in a burst. */
const MAX_LAG_MS = 50;
/** LoRAX's adapter-cycle-time: how long others may overtake a request whose adapter finds no room. */
const CYCLE_MS = 2000;

export interface SeatRequest {
  /** Registered in the tiers; none = base model. */
  adapters: readonly string[];
  promptTokens: number;
  /** Length of the answer; the seat leaves the batch by itself after so many steps. */
  tokens: number;
}

/**
 * Continuous batching on one simulated GPU: in every step each request of the batch gets one token, then requests whose
 * adapters are ready join, first come first served, up to `maxBatch`. Due times are absolute: delays do not add up.
 */
export class Scheduler {
  readonly tiers: AdapterTiers;
  readonly #profile: SimulatedProfile;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #running = new Set<Seat>();
  #waiting: Seat[] = [];
  #timer: Disposable | undefined;
  #dueMs = 0;

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
    if (request.adapters.length > this.#profile.gpuAdapters) {
      throw generationError(`${request.adapters.length} adapters do not fit into the GPU at once`);
    }
    const seat = new Seat({ ...request, arrivedAtMs: this.#clock.monotonic() });
    const ahead = adaptersOf([...this.#running, ...this.#waiting]);
    this.#waiting.push(seat);
    if (this.#running.size === 0) this.#restart();
    // A step is under way: the seat joins after it, but its adapters start to load now.
    else this.tiers.ensure(seat.adapters, seat.arrivedAtMs, ahead);
    return seat;
  }

  /** Gives the place back; for requests that end before their last token. */
  leave(seat: Seat): void {
    this.#running.delete(seat);
    this.#waiting = this.#waiting.filter((other) => other !== seat);
  }

  /** Ends every request with `reason`. */
  dispose(reason: unknown): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const seat of [...this.#running, ...this.#waiting]) seat.fail(reason);
    this.#running.clear();
    this.#waiting = [];
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
      this.#dueMs += this.#stepMs() * this.#profile.timeScale;
      this.#timer = this.#at(this.#dueMs, () => this.#step());
    } else if (this.#waiting.length > 0) {
      const readyAtMs = this.tiers.nextReadyAtMs(nowMs);
      if (readyAtMs !== undefined) this.#timer = this.#at(readyAtMs, () => this.#restart());
    }
  }

  #step(): void {
    for (const seat of this.#running) {
      seat.grant();
      if (seat.remaining <= 0) this.#running.delete(seat);
    }
    this.#plan();
  }

  #admit(nowMs: number): void {
    const keep = adaptersOf(this.#running);
    const stillWaiting: Seat[] = [];
    let blocked = false;
    for (const seat of this.#waiting) {
      const state = this.tiers.ensure(seat.adapters, nowMs, keep);
      for (const id of seat.adapters) keep.add(id);
      if (state === 'ready' && !blocked && this.#running.size < this.#profile.maxBatch) {
        this.tiers.touch(seat.adapters);
        this.#running.add(seat);
        seat.start();
      } else {
        stillWaiting.push(seat);
        blocked ||= state === 'blocked' && nowMs - seat.arrivedAtMs > CYCLE_MS * this.#profile.timeScale;
      }
    }
    this.#waiting = stillWaiting;
  }

  #stepMs(): number {
    const { stepMs, stepMsPerSeq, stepMsPerAdapter, prefillMsPerTok, jitter } = this.#profile;
    const seats = [...this.#running];
    const decode = stepMs + stepMsPerSeq * seats.length + stepMsPerAdapter * adaptersOf(this.#running).size;
    const prompts = seats.reduce((sum, seat) => sum + (seat.fresh ? seat.promptTokens : 0), 0);
    const noise = jitter > 0 ? Math.max(0.1, 1 + jitter * gaussian(this.#random)) : 1;
    return (decode + prompts * prefillMsPerTok) * noise;
  }

  #at(dueMs: number, run: () => void): Disposable {
    if (this.#profile.timeScale > 0) return this.#clock.setTimeout(run, dueMs - this.#clock.monotonic());
    const immediate = setImmediate(run);
    return { [Symbol.dispose]: () => clearImmediate(immediate) };
  }
}

function adaptersOf(seats: Iterable<Seat>): Set<string> {
  return new Set([...seats].flatMap((seat) => seat.adapters));
}

/** Standard normal, by Box and Muller. */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
