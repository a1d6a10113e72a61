import { hash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

/** Where the log is kept: the state of the shard's session, which only the shard's owner can read and write. */
export interface ShardState {
  readState(): Promise<Uint8Array | undefined>;
  writeState(state: Uint8Array): Promise<void>;
}

/** How long a handled event is remembered, as long as Service Bus remembers message ids (R38) … */
const WINDOW_MS = 600_000;
/** … but no more than this many: each write carries them all. */
const MAX_EVENTS = 2048;
/** First byte of the state. It also keeps the SDK from taking the bytes for JSON. */
const VERSION = 1;
const ENTRY_BYTES = 12;

/**
 * The events of a shard that were handled, so that one which is delivered again (a crash between handling and settling, a
 * lost lock) is recognised by its id and not handled twice. Written to the bus before the message is settled; while a write
 * is under way further events wait for the next one, so a busy shard writes once for many.
 */
export class HandledLog {
  readonly #state: ShardState;
  readonly #clock: Clock;
  /** Hash of the id → when it was handled, oldest first. */
  readonly #handled: Map<bigint, number>;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(state: ShardState, clock: Clock, handled: Map<bigint, number>) {
    this.#state = state;
    this.#clock = clock;
    this.#handled = handled;
  }

  /** Reads what the shard's last owner left. */
  static async open(state: ShardState, clock: Clock): Promise<HandledLog> {
    return new HandledLog(state, clock, decode(await state.readState()));
  }

  has(eventId: string): boolean {
    const at = this.#handled.get(keyOf(eventId));
    return at !== undefined && this.#clock.now() - at < WINDOW_MS;
  }

  /** Resolves when the shard's next owner would know. */
  add(eventId: string): Promise<void> {
    this.#handled.set(keyOf(eventId), this.#clock.now());
    if (!this.#writing) return this.#write();
    this.#next ??= this.#writing.then(
      () => this.#write(),
      () => this.#write(),
    );
    return this.#next;
  }

  #write(): Promise<void> {
    this.#next = undefined;
    this.#forgetOld();
    this.#writing = this.#state.writeState(encode(this.#handled)).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - WINDOW_MS;
    let surplus = this.#handled.size - MAX_EVENTS;
    for (const [key, at] of this.#handled) {
      if (surplus-- <= 0 && at > oldest) return;
      this.#handled.delete(key);
    }
  }
}

const keyOf = (eventId: string) => hash('sha256', eventId, 'buffer').readBigUInt64LE();

function encode(handled: ReadonlyMap<bigint, number>): Uint8Array {
  const bytes = Buffer.allocUnsafe(1 + handled.size * ENTRY_BYTES);
  bytes[0] = VERSION;
  let offset = 1;
  for (const [key, at] of handled) {
    bytes.writeBigUInt64LE(key, offset);
    bytes.writeUInt32LE(Math.floor(at / 1000), offset + 8);
    offset += ENTRY_BYTES;
  }
  return bytes;
}

/** A state of another version is another program's, or an older one's: nothing is known then. */
function decode(state: Uint8Array | undefined): Map<bigint, number> {
  const handled = new Map<bigint, number>();
  if (state?.[0] !== VERSION) return handled;
  const bytes = Buffer.from(state.buffer, state.byteOffset, state.byteLength);
  for (let offset = 1; offset + ENTRY_BYTES <= bytes.length; offset += ENTRY_BYTES) {
    handled.set(bytes.readBigUInt64LE(offset), bytes.readUInt32LE(offset + 8) * 1000);
  }
  return handled;
}
