import rhea, { type ConnectionOptions } from 'rhea';

/**
 * The part of rhea 3.0.5 that the broker uses, typed. rhea's own typings leave out what a broker needs (sessions'
 * buffers, endpoint states); everything private that we lean on is listed here, and nowhere else.
 */

/** A value with its AMQP type. */
export interface Typed {
  value: unknown;
}

export interface RheaDelivery {
  readonly id: number;
  readonly tag: Buffer;
  /** Ours: nothing more will be said about it. */
  settled: boolean;
  /** The peer's. With both set, the session's buffer lets go of it. */
  remote_settled: boolean;
  /** Of a composite type: its fields, still typed, are in `value`. */
  remote_state: { value: Typed[] } | undefined;
  /** Only on transfers that came in as an own format (see `keepRawTransfers`). */
  readonly format?: number;
}

interface Outgoing {
  next_delivery_id: number;
  next_pending_delivery: number;
  available(): number;
  transfer_window(): number;
}

export interface RheaSession {
  readonly outgoing: Outgoing;
  output(frame: Typed): void;
}

export interface Terminus {
  address?: string | null;
  filter?: Record<string, unknown> | null;
}

export interface RheaLink {
  readonly name: string;
  readonly session: RheaSession;
  readonly connection: RheaConnection;
  /** `open_requests`: attaches that are still to be written, 0 or 1. */
  readonly state: { open_requests: number };
  readonly local: { attach: Record<string, unknown> };
  /** As the peer wrote them in its attach. */
  readonly source: Terminus | null;
  readonly target: Terminus | null;
  readonly properties: Record<string, unknown> | undefined;
  readonly snd_settle_mode: number | undefined;
  readonly rcv_settle_mode: number | undefined;
  credit: number;
  is_open(): boolean;
  close(error?: { condition: string; description: string }): void;
  set_source(fields: Terminus): void;
  set_target(fields: Terminus): void;
  on(event: string, listener: (context: RheaContext) => void): void;
}

/** A link to which the peer sends. */
export type RheaReceiver = RheaLink;

/** A link on which we send. */
export interface RheaSender extends RheaLink {
  send(bytes: Buffer, tag: Buffer | undefined, format: number): RheaDelivery;
  set_drained(drained: boolean): void;
  /** Asked when a flow is written: whether it says that all credit is used up. */
  _get_drain(): boolean;
  delivery_count: number;
}

export interface RheaConnection {
  on(event: string, listener: (context: RheaContext) => void): void;
  accept(socket: import('node:net').Socket): void;
  close(error?: { condition: string; description: string }): void;
  is_open(): boolean;
  /** Writes what is pending at the end of this tick. */
  _register(): void;
  _process(): void;
  /** Writes the encoded frames to the socket. */
  output(): void;
  readonly transport: { has_writes_pending(): boolean };
  _disconnected(error?: Error): void;
  on_transfer(frame: { performative: { message_format: number | null | undefined } }): void;
}

export interface RheaContext {
  connection: RheaConnection;
  session?: RheaSession;
  sender?: RheaSender;
  receiver?: RheaReceiver;
  delivery?: RheaDelivery;
  message?: unknown;
  format?: number | null;
  error?: Error;
}

/** A decoded message, as far as `$cbs` and `$management` look at it. */
export interface RheaMessage {
  message_id?: unknown;
  correlation_id?: unknown;
  reply_to?: string;
  application_properties?: Record<string, unknown>;
  body?: unknown;
}

interface Types {
  wrap(value: unknown): Typed;
  wrap_boolean(value: boolean): Typed;
  wrap_int(value: number): Typed;
  wrap_uint(value: number): Typed;
  wrap_ulong(value: number): Typed;
  wrap_long(value: Buffer | number): Typed;
  wrap_uuid(value: Buffer): Typed;
  wrap_symbol(value: string): Typed;
  wrap_string(value: string): Typed;
  wrap_binary(value: Buffer): Typed;
  wrap_timestamp(value: number): Typed;
  wrap_list(items: readonly unknown[]): Typed;
  wrap_map(map: Record<string, unknown>): Typed;
  wrap_array(items: readonly unknown[], code: number): Typed;
  wrap_error(error: { condition: string; description?: string }): Typed;
  described(descriptor: Typed, value: Typed): Typed;
  is_map(value: Typed): boolean;
  unwrap(value: Typed): unknown;
  Writer: new () => { write(value: Typed): void; toBuffer(): Buffer };
}

export const types = rhea.types as unknown as Types;

export const decodeAmqp = (bytes: Buffer) => rhea.message.decode(bytes) as RheaMessage;
export const encodeAmqp = (message: RheaMessage) => rhea.message.encode(message);

/** Codes of array elements that replies need. */
export const arrayOf = {
  longs: (numbers: readonly number[]) => types.wrap_array(numbers, 0x81),
  timestamps: (timesMs: readonly number[]) => types.wrap_array(timesMs, 0x83),
};

/** The bytes of a typed value. */
export function encodeTyped(value: Typed): Buffer {
  const writer = new types.Writer();
  writer.write(value);
  return writer.toBuffer();
}

const container = rhea.create_container({ id: 'aos-service-bus' });

/** A connection at the broker's end; call `accept(socket)` when its listeners are in place. */
export function createConnection(): RheaConnection {
  const connection = container.create_connection({
    // Without these rhea answers for us, and fires `released` for every abandon.
    sender_options: { autosettle: false, treat_modified_as_released: false },
    // Granted with the attach and topped up at three quarters: the client gives up when it finds no credit.
    receiver_options: { autoaccept: false, credit_window: 1000 },
    // The outgoing buffer is freed in order, so one long-held lock would stop a link at the default of 2,048.
    session_buffer_size: { outgoing: 65_536, incoming: 2048 },
    max_frame_size: 65_536,
    reconnect: false,
  } as unknown as ConnectionOptions) as unknown as RheaConnection;
  keepRawTransfers(connection);
  return connection;
}

/**
 * Lets transfers arrive as bytes. rhea decodes a message if its format is 0, at a cost, and loses types on the way.
 * It is told here, for this connection only, that the format is unknown; replacing `rhea.message.decode` would do the
 * same, but for every rhea connection in the process, an SDK client's too.
 */
function keepRawTransfers(connection: RheaConnection): void {
  const onTransfer = connection.on_transfer;
  connection.on_transfer = (frame) => {
    if (frame.performative.message_format === 0) frame.performative.message_format = undefined;
    onTransfer.call(connection, frame);
  };
}

/** Keeps the attach of a link back until `releaseAttach`; to be called in its open event. */
export function holdAttach(link: RheaLink): void {
  link.state.open_requests = 0;
}

export function releaseAttach(link: RheaLink): void {
  link.state.open_requests = 1;
  link.connection._register();
}
