import { randomUUID } from 'node:crypto';
import { BusFault } from '../entity/fault.ts';
import { type Message, type MessageContent, messageStates } from '../entity/message.ts';
import {
  encodeCompound,
  encodeString,
  encodeSymbol,
  itemStarts,
  readScalar,
  type Section,
  section,
  sections,
  valueEnd,
  writeInt64,
} from './amqp-bytes.ts';

/** Message format of a batch: every data section of the envelope is a whole message. */
export const BATCH_FORMAT = 0x80013700;

/**
 * Reads what a sender sent. The bare message (from the properties on) is copied out as it is, so that a small message
 * does not keep the big chunk alive in which it came.
 * @throws BusFault argument, if the bytes are no AMQP message
 */
export function decodeMessage(bytes: Buffer): MessageContent {
  try {
    return decode(bytes);
  } catch (cause) {
    throw new BusFault('argument', `The message cannot be read: ${cause instanceof Error ? cause.message : cause}.`, {
      cause,
    });
  }
}

/** The messages of a transfer: of its envelope if it is a batch, else itself. @throws BusFault argument */
export function decodeTransfer(bytes: Buffer, format: number | undefined): MessageContent[] {
  if (format !== BATCH_FORMAT) return [decodeMessage(bytes)];
  const contents: MessageContent[] = [];
  for (const { code, value } of readSections(bytes)) {
    if (code !== section.data) continue;
    const message = readScalar(bytes, value);
    if (!Buffer.isBuffer(message))
      throw new BusFault('argument', 'A batch must hold encoded messages in its data sections.');
    contents.push(decodeMessage(message));
  }
  if (contents.length === 0) throw new BusFault('argument', 'A batch must hold at least one message.');
  return contents;
}

function readSections(bytes: Buffer): Section[] {
  try {
    return [...sections(bytes)];
  } catch (cause) {
    throw new BusFault('argument', 'The batch cannot be read: it is not a list of AMQP sections.', { cause });
  }
}

/** Annotations that the broker writes itself; what a sender put there (by resending a message) is dropped. */
const OWN_ANNOTATIONS = new Set([
  'x-opt-sequence-number',
  'x-opt-enqueue-sequence-number',
  'x-opt-enqueued-time',
  'x-opt-locked-until',
  'x-opt-message-state',
  'x-opt-deadletter-source',
]);

/** Places in the properties list (AMQP 1.0, part 3, 3.2.4). */
const MESSAGE_ID = 0;
const GROUP_ID = 10;

function decode(bytes: Buffer): MessageContent {
  let durable = false;
  let priority = 4; // AMQP's default
  let timeToLiveMs: number | undefined;
  let scheduledAtMs: number | undefined;
  let partitionKey: string | undefined;
  let messageId: string | undefined;
  let sessionId: string | undefined;
  let bareStart = bytes.length;
  let properties: Section | undefined;
  const annotations: Buffer[] = [];

  let lastCode = 0;
  for (const found of sections(bytes)) {
    // What follows relies on the order, e.g. that the properties stand first in the bare message.
    if (found.code < lastCode) throw new RangeError('the sections are not in their order');
    lastCode = found.code;
    if (found.code >= section.properties) bareStart = Math.min(bareStart, found.start);
    if (found.code === section.header) {
      const fields = itemStarts(bytes, found.value);
      durable = readField(bytes, fields, 0) === true;
      priority = unsigned(readField(bytes, fields, 1), 0xff) ?? priority;
      timeToLiveMs = unsigned(readField(bytes, fields, 2), 0xffff_ffff);
    } else if (found.code === section.messageAnnotations) {
      const items = itemStarts(bytes, found.value);
      for (let i = 0; i + 2 < items.length; i += 2) {
        const key = readScalar(bytes, items[i]!);
        if (typeof key !== 'string' || OWN_ANNOTATIONS.has(key)) continue;
        const value = readScalar(bytes, items[i + 1]!);
        if (key === 'x-opt-scheduled-enqueue-time' && typeof value === 'number') scheduledAtMs = value;
        if (key === 'x-opt-partition-key' && typeof value === 'string') partitionKey = value;
        annotations.push(Buffer.from(bytes.subarray(items[i]!, items[i + 2]!)));
      }
    } else if (found.code === section.properties) {
      properties = found;
      const fields = itemStarts(bytes, found.value);
      messageId = idText(readField(bytes, fields, MESSAGE_ID));
      sessionId = textOr(readField(bytes, fields, GROUP_ID), undefined);
    } else if (found.code === section.applicationProperties) {
      // Only looked through: a map that is broken inside must not come to light when it is delivered.
      itemStarts(bytes, found.value);
    }
  }

  const bare = messageId === undefined ? undefined : Buffer.from(bytes.subarray(bareStart));
  // Without an id the client's lock renewer throws in completeMessage(): so every message gets one.
  const id = messageId ?? randomUUID().replaceAll('-', '');
  return {
    bare:
      bare ??
      withMessageId(
        bytes.subarray(bareStart),
        properties ? bytes.subarray(properties.start, properties.end) : undefined,
        id,
      ),
    messageId: id,
    sessionId,
    partitionKey,
    timeToLiveMs,
    scheduledAtMs,
    durable,
    priority,
    annotations,
    sizeBytes: bytes.length,
  };
}

function withMessageId(bare: Buffer, properties: Buffer | undefined, id: string): Buffer {
  const fields: Buffer[] = [encodeString(id)];
  if (properties) {
    const starts = itemStarts(properties, valueEnd(properties, 1));
    for (let i = 1; i + 1 < starts.length; i++) fields.push(properties.subarray(starts[i]!, starts[i + 1]!));
  }
  const rest = bare.subarray(properties?.length ?? 0);
  return Buffer.concat([encodeCompound(section.properties, 'list', fields), rest]);
}

function readField(bytes: Buffer, starts: number[], index: number) {
  return index < starts.length - 1 ? readScalar(bytes, starts[index]!) : undefined;
}

/** A field that is sent on: what does not fit into its type could not be written again. */
function unsigned(value: unknown, max: number): number | undefined {
  if (typeof value !== 'number') return undefined;
  if (value < 0 || value > max) throw new RangeError(`a header field is out of range: ${value}`);
  return value;
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}

/** Message ids may be strings, numbers, uuids or bytes. */
function idText(value: unknown): string | undefined {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

const KEY = {
  sequenceNumber: encodeSymbol('x-opt-sequence-number'),
  enqueuedSequenceNumber: encodeSymbol('x-opt-enqueue-sequence-number'),
  enqueuedTime: encodeSymbol('x-opt-enqueued-time'),
  lockedUntil: encodeSymbol('x-opt-locked-until'),
  messageState: encodeSymbol('x-opt-message-state'),
  deadLetterSource: encodeSymbol('x-opt-deadletter-source'),
};

/** Upper limit of what the header and the broker's own annotations need, without the dead-letter source. */
const OVERHEAD_BYTES = 320;
const NO_BODY = Buffer.from([0, 0x53, section.data, 0xa0, 0]);

export interface EncodeOptions {
  /** End of the lock (Unix milliseconds), of the message or of its session. */
  lockedUntilMs?: number | undefined;
  omitBody?: boolean | undefined;
}

/** The whole message as a receiver gets it: fresh header and annotations before the bare bytes. */
export function encodeMessage(message: Message, { lockedUntilMs, omitBody }: EncodeOptions = {}): Buffer {
  const { content } = message;
  let bare = content.bare;
  if (message.modified || message.deadLetter) bare = withApplicationProperties(bare, addedProperties(message));
  if (omitBody) bare = withoutBody(bare);
  const source = message.deadLetter ? encodeString(message.deadLetter.source) : undefined;
  let extra = source?.length ?? 0;
  for (const annotation of content.annotations) extra += annotation.length;

  const b = Buffer.allocUnsafe(OVERHEAD_BYTES + extra + bare.length);
  let p = writeHeader(b, message);
  b[p] = 0;
  b[p + 1] = 0x53;
  b[p + 2] = section.messageAnnotations;
  b[p + 3] = 0xd1;
  const sizeAt = p + 4;
  p += 12;
  let items = 8;
  p = writeLong(b, p, KEY.sequenceNumber, 0x81, message.sequenceNumber);
  p = writeLong(b, p, KEY.enqueuedSequenceNumber, 0x81, message.enqueuedSequenceNumber);
  p = writeLong(b, p, KEY.enqueuedTime, 0x83, message.enqueuedAtMs);
  p = append(b, p, KEY.messageState);
  b[p] = 0x71;
  b.writeInt32BE(messageStates[message.state], p + 1);
  p += 5;
  if (lockedUntilMs !== undefined) {
    p = writeLong(b, p, KEY.lockedUntil, 0x83, lockedUntilMs);
    items += 2;
  }
  if (source) {
    p = append(b, append(b, p, KEY.deadLetterSource), source);
    items += 2;
  }
  for (const annotation of content.annotations) {
    p = append(b, p, annotation);
    items += 2;
  }
  b.writeUInt32BE(p - sizeAt - 4, sizeAt);
  b.writeUInt32BE(items, sizeAt + 4);
  return b.subarray(0, append(b, p, bare));
}

/** Header: durable, priority, time to live, first acquirer, delivery count. */
function writeHeader(b: Buffer, message: Message): number {
  const { durable, priority } = message.content;
  // What is left of the sender's wish after the entity's own limit: the client computes `expiresAtUtc` from it.
  const timeToLiveMs =
    message.expiresAtMs === undefined ? message.content.timeToLiveMs : message.expiresAtMs - message.enqueuedAtMs;
  b[0] = 0;
  b[1] = 0x53;
  b[2] = section.header;
  b[3] = 0xc0;
  b[5] = 5;
  b[6] = durable ? 0x41 : 0x42;
  b[7] = 0x50;
  b[8] = priority;
  let p = 9;
  if (timeToLiveMs === undefined) b[p++] = 0x40;
  else {
    b[p] = 0x70;
    b.writeUInt32BE(Math.min(timeToLiveMs, 0xffff_ffff), p + 1);
    p += 5;
  }
  b[p] = 0x42;
  b[p + 1] = 0x70;
  b.writeUInt32BE(message.deliveryCount, p + 2);
  p += 6;
  b[4] = p - 5;
  return p;
}

function writeLong(b: Buffer, at: number, key: Buffer, code: number, value: number): number {
  const p = append(b, at, key);
  b[p] = code;
  writeInt64(b, value, p + 1);
  return p + 9;
}

function append(b: Buffer, p: number, bytes: Buffer): number {
  bytes.copy(b, p);
  return p + bytes.length;
}

function addedProperties({ modified, deadLetter }: Message): Map<string, Buffer> {
  const added = new Map(modified);
  if (deadLetter?.reason !== undefined) added.set('DeadLetterReason', encodeString(deadLetter.reason));
  if (deadLetter?.description !== undefined)
    added.set('DeadLetterErrorDescription', encodeString(deadLetter.description));
  return added;
}

/** Adds or replaces application properties; all other bytes stay as they are. */
function withApplicationProperties(bare: Buffer, added: ReadonlyMap<string, Buffer>): Buffer {
  if (added.size === 0) return bare;
  const items: Buffer[] = [];
  let before = 0;
  let after = 0;
  for (const found of sections(bare)) {
    if (found.code === section.properties) before = after = found.end;
    if (found.code !== section.applicationProperties) continue;
    before = found.start;
    after = found.end;
    const starts = itemStarts(bare, found.value);
    for (let i = 0; i + 2 < starts.length; i += 2) {
      const name = readScalar(bare, starts[i]!);
      if (typeof name !== 'string' || !added.has(name))
        items.push(bare.subarray(starts[i]!, starts[i + 1]!), bare.subarray(starts[i + 1]!, starts[i + 2]!));
    }
  }
  for (const [name, value] of added) items.push(encodeString(name), value);
  const properties = encodeCompound(section.applicationProperties, 'map', items);
  return Buffer.concat([bare.subarray(0, before), properties, bare.subarray(after)]);
}

function withoutBody(bare: Buffer): Buffer {
  for (const { code, start } of sections(bare)) {
    if (code >= section.data) return Buffer.concat([bare.subarray(0, start), NO_BODY]);
  }
  return bare;
}
