/**
 * Makes the model of examples/tiny-model: a llama of two layers with random weights, and three LoRA adapters for it. What it
 * says is nonsense, but llama.cpp really computes it, the adapters really change it, and it is half a megabyte. Nothing is
 * downloaded; the weights come from a seed, so the files are the same everywhere.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gguf } from './lib/gguf.mjs';
import { root } from './lib/paths.mjs';
import { runAsScript } from './lib/steps.mjs';

const folder = path.join(root, 'examples/tiny-model');

/** Tokens a context can hold, sizes of the embedding and of the feed-forward layer, layers, heads. */
const SIZES = { context: 2048, embedding: 64, feedForward: 128, layers: 2, heads: 4, keyValueHeads: 2 };
const LORA = { rank: 4, alpha: 8 };
const SEEDS = { base: 7, ceo: 11, cfo: 13, cto: 17 };

/** Words it knows besides single characters and bytes. */
const WORDS =
  `the of and to in is we our for a on plan cost growth market board goal budget team build ship hire risk save
quarter customer revenue product price time next focus strategy value data people first more less`.split(/\s+/);

/**
 * Makes the files that are not there.
 * @returns {{base: string, adapters: Record<string, string>}} their paths
 */
export function makeTinyModel() {
  const base = path.join(folder, 'base.gguf');
  mkdirSync(path.join(folder, 'adapters'), { recursive: true });
  writeIfDifferent(base, baseModel);
  const adapters = Object.fromEntries(
    /** @type {const} */ (['ceo', 'cfo', 'cto']).map((name) => {
      const file = path.join(folder, 'adapters', `${name}.gguf`);
      writeIfDifferent(file, () => adapter(name, SEEDS[name]));
      return [name, file];
    }),
  );
  return { base, adapters };
}

/** @param {string} file @param {() => Buffer} make */
function writeIfDifferent(file, make) {
  const bytes = make();
  if (!existsSync(file) || !readFileSync(file).equals(bytes)) writeFileSync(file, bytes);
}

function baseModel() {
  const { context, embedding: E, feedForward: F, layers, heads, keyValueHeads } = SIZES;
  const vocabulary = makeVocabulary();
  const random = gaussian(SEEDS.base);
  const keyValue = (E / heads) * keyValueHeads;
  /** @type {(name: string, dims: number[], sigma: number) => import('./lib/gguf.mjs').Tensor} */
  const weights = (name, dims, sigma) => ({ name: `${name}.weight`, dims, data: random(dims, sigma) });
  const ones = (/** @type {string} */ name) => ({
    name: `${name}.weight`,
    dims: [E],
    data: new Float32Array(E).fill(1),
  });
  const tensors = [
    weights('token_embd', [E, vocabulary.length], 0.5),
    ones('output_norm'),
    weights('output', [E, vocabulary.length], 0.3),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const at = (/** @type {string} */ name) => `blk.${layer}.${name}`;
    tensors.push(
      ones(at('attn_norm')),
      weights(at('attn_q'), [E, E], 0.15),
      weights(at('attn_k'), [E, keyValue], 0.15),
      weights(at('attn_v'), [E, keyValue], 0.15),
      weights(at('attn_output'), [E, E], 0.15),
      ones(at('ffn_norm')),
      weights(at('ffn_gate'), [E, F], 0.15),
      weights(at('ffn_up'), [E, F], 0.15),
      weights(at('ffn_down'), [F, E], 0.15),
    );
  }
  return gguf(
    {
      'general.architecture': { string: 'llama' },
      'general.type': { string: 'model' },
      'general.name': { string: 'aos tiny random' },
      'general.file_type': { u32: 0 },
      'llama.context_length': { u32: context },
      'llama.embedding_length': { u32: E },
      'llama.block_count': { u32: layers },
      'llama.feed_forward_length': { u32: F },
      'llama.vocab_size': { u32: vocabulary.length },
      'llama.attention.head_count': { u32: heads },
      'llama.attention.head_count_kv': { u32: keyValueHeads },
      'llama.rope.dimension_count': { u32: E / heads },
      'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
      'llama.rope.freq_base': { f32: 10_000 },
      'tokenizer.ggml.model': { string: 'llama' },
      'tokenizer.ggml.tokens': { strings: vocabulary.map(({ text }) => text) },
      'tokenizer.ggml.scores': { f32s: vocabulary.map(({ score }) => score) },
      'tokenizer.ggml.token_type': { i32s: vocabulary.map(({ type }) => type) },
      'tokenizer.ggml.unknown_token_id': { u32: 0 },
      'tokenizer.ggml.bos_token_id': { u32: 1 },
      'tokenizer.ggml.eos_token_id': { u32: 2 },
      'tokenizer.ggml.add_bos_token': { bool: true },
      'tokenizer.ggml.add_eos_token': { bool: false },
    },
    tensors,
  );
}

/** @param {string} name @param {number} seed */
function adapter(name, seed) {
  const { embedding: E, heads, keyValueHeads, layers } = SIZES;
  const random = gaussian(seed);
  const outputs = { attn_q: E, attn_v: (E / heads) * keyValueHeads };
  const tensors = Array.from({ length: layers }, (_, layer) =>
    Object.entries(outputs).flatMap(([tensor, size]) => [
      { name: `blk.${layer}.${tensor}.weight.lora_a`, dims: [E, LORA.rank], data: random([E, LORA.rank], 0.3) },
      { name: `blk.${layer}.${tensor}.weight.lora_b`, dims: [LORA.rank, size], data: random([LORA.rank, size], 0.3) },
    ]),
  ).flat();
  return gguf(
    {
      'general.architecture': { string: 'llama' },
      'general.type': { string: 'adapter' },
      'general.name': { string: name },
      'adapter.type': { string: 'lora' },
      'adapter.lora.alpha': { f32: LORA.alpha },
    },
    tensors,
  );
}

/**
 * Special tokens, all bytes, printable characters, and words with all their beginnings: the tokenizer (SentencePiece's BPE)
 * joins pairs, best score first, and a word whose beginnings are missing is never reached.
 */
function makeVocabulary() {
  const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6];
  /** @type {{text: string, score: number, type: number}[]} */
  const tokens = [
    { text: '<unk>', score: 0, type: UNKNOWN },
    { text: '<s>', score: 0, type: CONTROL },
    { text: '</s>', score: 0, type: CONTROL },
  ];
  for (let byte = 0; byte < 256; byte++) {
    tokens.push({ text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, score: 0, type: BYTE });
  }
  const characters = ['\u2581', ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))];
  for (const [i, text] of characters.entries()) tokens.push({ text, score: -1000 - i, type: NORMAL });
  const known = new Set(characters);
  for (const word of WORDS) {
    for (let end = 2; end <= word.length + 1; end++) {
      const text = `\u2581${word}`.slice(0, end);
      if (known.has(text)) continue;
      known.add(text);
      tokens.push({ text, score: -known.size, type: NORMAL });
    }
  }
  return tokens;
}

/** Normally distributed numbers from a seed: mulberry32 and the Box–Muller transform. @param {number} seed */
function gaussian(seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return (/** @type {number[]} */ dims, /** @type {number} */ sigma) =>
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => {
      // Rounded to 1/1024: the last bits of log and cos differ between machines.
      const value = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      return (Math.round(value * 1024) / 1024) * sigma;
    });
}

await runAsScript(import.meta.url, async () => {
  const { base, adapters } = makeTinyModel();
  console.log([base, ...Object.values(adapters)].map((file) => path.relative(root, file)).join('\n'));
});
