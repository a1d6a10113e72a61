/**
 * AMQP 1.0 encoding (part 1, "Types"), as far as the broker reads and writes messages itself: it looks into the few
 * fields that it needs and leaves all other bytes alone.
 */

/** Index after the value that starts at `p`. @throws RangeError if the buffer ends before */
export function valueEnd(b: Buffer, p: number): number {
  const end = endOf(b, p);
  if (end > b.length) throw new RangeError('AMQP value is cut off');
  return end;
}

/** Bytes of a value with constructor 0x4x, 0x5x, … 0x9x. */
const FIXED = [1, 2, 3, 5, 9, 17] as const;

function endOf(b: Buffer, p: number): number {
  const code = b.readUInt8(p);
  if (code === 0) return valueEnd(b, valueEnd(b, p + 1)); // described: descriptor, then value
  const kind = code >> 4;
  const fixed = FIXED[kind - 4];
  if (fixed) return p + fixed;
  if (kind === 0xa || kind === 0xc || kind === 0xe) return p + 2 + b.readUInt8(p + 1);
  if (kind > 0x9) return p + 5 + b.readUInt32BE(p + 1);
  throw new RangeError(`Not an AMQP type: 0x${code.toString(16)}`);
}

/** One section of a message: `start` is its descriptor, `value` the value that follows it. */
export interface Section {
  code: number;
  start: number;
  value: number;
  end: number;
}

/** Codes of the sections of a message. */
export const section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
} as const;

/** The sections of a message in their order. @throws RangeError if it is malformed */
export function* sections(b: Buffer): Generator<Section> {
  for (let start = 0; start < b.length; ) {
    if (b[start] !== 0) throw new RangeError('Not an AMQP message: a section has no descriptor');
    const value = valueEnd(b, start + 1);
    const end = valueEnd(b, value);
    yield { code: descriptorCode(b, start + 1), start, value, end };
    start = end;
  }
}

const SYMBOLS: Record<string, number> = {
  'amqp:header:list': 0x70,
  'amqp:delivery-annotations:map': 0x71,
  'amqp:message-annotations:map': 0x72,
  'amqp:properties:list': 0x73,
  'amqp:application-properties:map': 0x74,
  'amqp:data:binary': 0x75,
  'amqp:amqp-sequence:list': 0x76,
  'amqp:amqp-value:*': 0x77,
  'amqp:footer:map': 0x78,
};

function descriptorCode(b: Buffer, p: number): number {
  const code = readScalar(b, p);
  const number = typeof code === 'string' ? SYMBOLS[code] : code;
  if (typeof number !== 'number') throw new RangeError('Not an AMQP message: unknown section');
  return number;
}

/** Starts of the items of a list or of a map (key, value, key, …), and the end of the last one. */
export function itemStarts(b: Buffer, p: number): number[] {
  const code = b.readUInt8(p);
  if (code === 0x45 || code === 0x40) return [p + 1];
  const short = code === 0xc0 || code === 0xc1;
  if (!short && code !== 0xd0 && code !== 0xd1) throw new RangeError(`Not a list or map: 0x${code.toString(16)}`);
  const count = short ? b.readUInt8(p + 2) : b.readUInt32BE(p + 5);
  const starts = [short ? p + 3 : p + 9];
  for (let i = 0; i < count; i++) starts.push(valueEnd(b, starts[i]!));
  return starts;
}

export type Scalar = string | number | boolean | Buffer | undefined;

/** A simple value: strings and symbols, numbers (timestamps in milliseconds), booleans, bytes; undefined for others. */
export function readScalar(b: Buffer, p: number): Scalar {
  const code = b.readUInt8(p);
  switch (code) {
    case 0x41:
      return true;
    case 0x42:
      return false;
    case 0x56:
      return b.readUInt8(p + 1) === 1;
    case 0x43:
    case 0x44:
      return 0;
    case 0x50:
    case 0x52:
    case 0x53:
      return b.readUInt8(p + 1);
    case 0x51:
    case 0x54:
    case 0x55:
      return b.readInt8(p + 1);
    case 0x60:
      return b.readUInt16BE(p + 1);
    case 0x61:
      return b.readInt16BE(p + 1);
    case 0x70:
      return b.readUInt32BE(p + 1);
    case 0x71:
      return b.readInt32BE(p + 1);
    case 0x80:
      return Number(b.readBigUInt64BE(p + 1));
    case 0x81:
    case 0x83:
      return Number(b.readBigInt64BE(p + 1));
    case 0x98:
      return b.subarray(p + 1, p + 17);
    case 0xa0:
      return b.subarray(p + 2, valueEnd(b, p));
    case 0xb0:
      return b.subarray(p + 5, valueEnd(b, p));
    case 0xa1:
    case 0xa3:
      return b.toString('utf8', p + 2, valueEnd(b, p));
    case 0xb1:
    case 0xb3:
      return b.toString('utf8', p + 5, valueEnd(b, p));
    default:
      return undefined;
  }
}

export function encodeString(text: string): Buffer {
  return encodeVariable(Buffer.from(text), 0xa1, 0xb1);
}

export function encodeSymbol(text: string): Buffer {
  return encodeVariable(Buffer.from(text), 0xa3, 0xb3);
}

function encodeVariable(bytes: Buffer, short: number, long: number): Buffer {
  const head = bytes.length < 256 ? Buffer.from([short, bytes.length]) : Buffer.alloc(5, long);
  if (bytes.length >= 256) head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** A described list or map with 32-bit sizes: `code` is that of the section, `items` are encoded values. */
export function encodeCompound(code: number, kind: 'list' | 'map', items: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(12);
  head[1] = 0x53;
  head[2] = code;
  head[3] = kind === 'list' ? 0xd0 : 0xd1;
  const size = items.reduce((sum, item) => sum + item.length, 0);
  head.writeUInt32BE(size + 4, 4);
  head.writeUInt32BE(items.length, 8);
  return Buffer.concat([head, ...items]);
}

/** A 64-bit integer (long, timestamp): exact up to 2^53. Buffer's own methods want a BigInt, which costs more. */
export function writeInt64(b: Buffer, value: number, p: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  b.writeInt32BE(high, p);
  b.writeUInt32BE(value - high * 0x1_0000_0000, p + 4);
}
