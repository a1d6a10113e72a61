/**
 * The inner loop of the vector search, as WebAssembly SIMD: the dot product of one query with each of n rows. Written out
 * as bytes, since it is a hundred instructions and needs no toolchain. Components are 16-bit integers: half the memory of
 * floats, which is what the speed depends on, and eight products per instruction.
 */
export type DotProducts = (query: number, rows: number, count: number, bytesPerRow: number, out: number) => void;

/** Rows are padded to this many bytes: one turn of the loop. */
export const ROW_ALIGNMENT = 64;

const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const constant = (value: number) => [0x41, ...leb(value)];
const simd = (op: number) => [0xfd, ...leb(op)];
const load = (offset: number) => [...simd(0x00), 4, offset];
const extractLane = (lane: number) => [...simd(0x1b), lane];
const [ADD, DOT] = [simd(0xae), simd(0xba)];
const [I32_ADD, I32_SUB, I32_LT_U, I32_STORE] = [0x6a, 0x6b, 0x49, [0x36, 2, 0]];
const [LOOP, END, BR_IF] = [[0x03, 0x40], 0x0b, [0x0d, 0]];
/** Constants of i32 are signed: 64 takes two bytes. */
const STEP = [0x41, 0xc0, 0x00];

const [QUERY, ROW, COUNT, STRIDE, OUT, J, QUERY_END] = [0, 1, 2, 3, 4, 5, 6];
/** First of four accumulators of 4 × i32. */
const SUM = 7;
const LANES = [0, 1, 2, 3];

const body = [
  ...[2, 2, 0x7f, 4, 0x7b], // locals: 2 × i32, 4 × v128
  ...[...get(QUERY), ...get(STRIDE), I32_ADD, ...set(QUERY_END)],
  ...LOOP,
  ...[...simd(0x0c), ...Array<number>(16).fill(0), ...LANES.slice(1).flatMap((k) => tee(SUM + k)), ...set(SUM)],
  ...[...get(QUERY), ...set(J)],
  ...LOOP,
  ...LANES.flatMap((k) => [
    ...[...get(J), ...load(16 * k), ...get(ROW), ...load(16 * k), ...DOT],
    ...[...get(SUM + k), ...ADD, ...set(SUM + k)],
  ]),
  ...[...get(ROW), ...STEP, I32_ADD, ...set(ROW)],
  ...[...get(J), ...STEP, I32_ADD, ...tee(J), ...get(QUERY_END), I32_LT_U, ...BR_IF, END],
  ...get(OUT),
  ...[...get(SUM), ...get(SUM + 1), ...ADD, ...get(SUM + 2), ...get(SUM + 3), ...ADD, ...ADD, ...set(SUM)],
  ...LANES.flatMap((k) => [...get(SUM), ...extractLane(k), ...(k > 0 ? [I32_ADD] : [])]),
  ...I32_STORE,
  ...[...get(OUT), ...constant(4), I32_ADD, ...set(OUT)],
  ...[...get(COUNT), ...constant(1), I32_SUB, ...tee(COUNT), ...BR_IF, END],
  END,
];

const name = (text: string) => [text.length, ...Buffer.from(text)];
const section = (id: number, bytes: number[]) => [id, ...leb(bytes.length), ...bytes];

let compiled: WebAssembly.Module | undefined;

/** @returns the loop over a memory; `count` must be at least 1, `bytesPerRow` a multiple of {@link ROW_ALIGNMENT} */
export function dotProducts(memory: WebAssembly.Memory): DotProducts {
  compiled ??= new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, [1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0]),
      ...section(2, [1, ...name('e'), ...name('memory'), 2, 0, 1]),
      ...section(3, [1, 0]),
      ...section(7, [1, ...name('dots'), 0, 0]),
      ...section(10, [1, ...leb(body.length), ...body]),
    ]),
  );
  return new WebAssembly.Instance(compiled, { e: { memory } }).exports.dots as DotProducts;
}
