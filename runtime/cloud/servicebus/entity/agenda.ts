import type { Clock } from '../../../core/clock.ts';

/** A thing to do at a time. Cancelling it is free: it stays in the heap, empty, until it is swept. */
export interface Appointment {
  readonly dueMs: number;
  run: (() => void) | undefined;
}

/**
 * Everything that happens by itself in a namespace (locks and messages that expire, scheduled messages, waits that
 * time out), behind one timer: a binary heap by due time, so that millions of locks cost no timers.
 */
export class Agenda {
  readonly #clock: Clock;
  #heap: Appointment[] = [];
  #cancelled = 0;
  #timer: Disposable | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #disposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Runs `run` at `dueMs` (Unix milliseconds), or as soon as possible if that has passed; never at once. */
  at(dueMs: number, run: () => void): Appointment {
    const appointment: Appointment = { dueMs, run };
    this.#heap.push(appointment);
    this.#siftUp(this.#heap.length - 1);
    if (dueMs < this.#timerDueMs) this.#arm(dueMs);
    return appointment;
  }

  cancel(appointment: Appointment | undefined): void {
    if (!appointment?.run) return;
    appointment.run = undefined;
    this.#cancelled++;
    // Locks are nearly always released before they expire, so most of the heap would soon be dead weight.
    if (this.#cancelled > 1000 && this.#cancelled * 2 > this.#heap.length) this.#sweep();
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
    this.#heap = [];
  }

  #fire(): void {
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    while (this.#heap.length > 0) {
      const first = this.#heap[0]!;
      if (first.run && first.dueMs > now) break;
      this.#pop();
      const { run } = first;
      if (!run) {
        this.#cancelled--;
        continue;
      }
      first.run = undefined;
      run();
    }
    const [next] = this.#heap;
    if (next && next.dueMs < this.#timerDueMs) this.#arm(next.dueMs);
  }

  #arm(dueMs: number): void {
    if (this.#disposed) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerDueMs = dueMs;
    // At least 1 ms: a timer may fire a fraction early, and must not spin until the wall clock gets there.
    this.#timer = this.#clock.setTimeout(() => this.#fire(), Math.max(1, dueMs - this.#clock.now()));
  }

  #sweep(): void {
    // Sorted order is a valid heap.
    this.#heap = this.#heap.filter(({ run }) => run).sort((a, b) => a.dueMs - b.dueMs);
    this.#cancelled = 0;
  }

  #pop(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.dueMs <= heap[index]!.dueMs) return;
      [heap[parent], heap[index]] = [heap[index]!, heap[parent]!];
      index = parent;
    }
  }

  #siftDown(): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && heap[right]!.dueMs < heap[left]!.dueMs ? right : left;
      if (heap[index]!.dueMs <= heap[child]!.dueMs) return;
      [heap[index], heap[child]] = [heap[child]!, heap[index]!];
      index = child;
    }
  }
}
