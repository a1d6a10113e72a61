/**
 * Writes GGUF v3, the file format of llama.cpp (ggml-org/ggml, docs/gguf.md): little-endian; header, key-value pairs, tensor
 * infos, padding to 32, then the tensors' data, each padded to 32.
 */

const ALIGNMENT = 32;
const TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 };

/**
 * @typedef {{u32: number} | {f32: number} | {bool: boolean} | {string: string} | {strings: string[]} | {f32s: number[]} | {i32s: number[]}} Value
 * @typedef {{name: string, dims: number[], data: Float32Array}} Tensor `dims`: the fastest first
 */

/**
 * @param {Record<string, Value>} metadata
 * @param {Tensor[]} tensors
 * @returns {Buffer} the whole file
 */
export function gguf(metadata, tensors) {
  /** @type {Buffer[]} */
  const head = [
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, value]) => [string(key), ...bytesOf(value)]),
  ];
  let offset = 0;
  for (const { name, dims, data } of tensors) {
    // Type 0 = F32.
    head.push(string(name), u32(dims.length), ...dims.map(u64), u32(0), u64(offset));
    offset += padded(data.byteLength);
  }
  const header = Buffer.concat(head);
  /** @type {Buffer[]} */
  const parts = [header, Buffer.alloc(padded(header.length) - header.length)];
  for (const { data } of tensors) {
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    parts.push(Buffer.alloc(padded(data.byteLength) - data.byteLength));
  }
  return Buffer.concat(parts);
}

/** @param {Value} value @returns {Buffer[]} */
function bytesOf(value) {
  if ('u32' in value) return [u32(TYPES.u32), u32(value.u32)];
  if ('f32' in value) return [u32(TYPES.f32), f32(value.f32)];
  if ('bool' in value) return [u32(TYPES.bool), Buffer.from([value.bool ? 1 : 0])];
  if ('string' in value) return [u32(TYPES.string), string(value.string)];
  if ('strings' in value) return array(TYPES.string, value.strings.map(string));
  if ('f32s' in value) return array(TYPES.f32, value.f32s.map(f32));
  return array(TYPES.i32, value.i32s.map(i32));
}

/** @param {number} type @param {Buffer[]} items */
const array = (type, items) => [u32(TYPES.array), u32(type), u64(items.length), ...items];

const padded = (/** @type {number} */ size) => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

/** @param {string} text @returns {Buffer} */
function string(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(bytes.length), bytes]);
}

/** @param {number} value */
function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** @param {number} value */
function i32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** @param {number} value */
function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** @param {number} value */
function f32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
