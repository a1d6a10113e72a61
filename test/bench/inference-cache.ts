import { cosine } from '../../runtime/inference/cache/embedder.ts';
import { lexicalEmbedder } from '../../runtime/inference/cache/lexical-embedder.ts';
import {
  CachedInferenceEngine,
  type InferenceKey,
  type Upstream,
} from '../../runtime/inference/cached-inference-engine.ts';
import { type Figure, interleave, medianQuantile, ms, timed } from './support/figures.ts';

const ENTRIES = 10_000;
const ROUNDS = 7;

const us = (milliseconds: number) => `${(milliseconds * 1000).toFixed(1)} µs`;

/** The response cache in this process, filled with 10,000 prompts; no model, no HTTP. */
export async function benchInferenceCache(): Promise<Figure[]> {
  const cache = new CachedInferenceEngine({ maxEntries: 2 * ENTRIES, shadowShare: 0 });
  const prompts = Array.from({ length: ENTRIES }, (_, n) => promptOf(n));
  for (const prompt of prompts) await cache.infer(keyOf(prompt), says('Growth.'));
  if (cache.view().semantic_entries !== ENTRIES) throw new Error('not every prompt is in the index');
  const vectors = await lexicalEmbedder.embed(prompts);

  let n = 0;
  const next = () => {
    n += 7919; // prime: comes to every prompt, in no order
    return n % ENTRIES;
  };
  const ask = async (prompt: string, expected: false | 'exact' | 'semantic') => {
    const { cached } = await cache.infer(keyOf(prompt), fails);
    if (cached !== expected) throw new Error(`"${prompt}" was answered as ${cached} instead of ${expected}`);
  };
  const miss = () => cache.infer(keyOf(`${promptOf(next())} And who says so in country ${n}?`), truncated);
  const samples = await interleave(ROUNDS, {
    exact: () => timed(2000, () => ask(prompts[next()]!, 'exact')),
    normalised: () => timed(500, () => ask(prompts[next()]!.replace('?', ' ?').toLowerCase(), 'exact')),
    semantic: () => timed(200, () => ask(prompts[next()]!.replace('What is', "What's"), 'semantic')),
    miss: () => timed(200, miss),
    naive: () => timed(20, () => naive(vectors, prompts[next()]!)),
  });
  const figure = (name: string, of: keyof typeof samples, p: number, unit = ms): Figure => ({
    name: `${name}, p${p * 100}`,
    ours: unit(medianQuantile(samples[of], p)),
  });
  const beside = (of: 'semantic' | 'miss', name: string, p: number): Figure => ({
    ...figure(name, of, p),
    peer: `embedding and a scan in JavaScript ${ms(medianQuantile(samples.naive, p))}`,
    ratio: medianQuantile(samples[of], p) / medianQuantile(samples.naive, p),
  });
  return [
    figure('exact hit', 'exact', 0.5, us),
    figure('exact hit', 'exact', 0.99, us),
    figure('hit in another spelling', 'normalised', 0.5, us),
    ...[0.5, 0.99].map((p) => beside('semantic', 'semantic hit among 10,000', p)),
    ...[0.5, 0.99].map((p) => beside('miss', 'semantic search without a hit among 10,000', p)),
    { name: 'calls of the model for 1,000 identical prompts at a time', ours: String(await callsOfAThousand()) },
  ];
}

const DEPARTMENTS = [
  'sales',
  'support',
  'finance',
  'legal',
  'design',
  'research',
  'logistics',
  'security',
  'marketing',
  'audit',
];
const TOPICS = [
  'goal',
  'budget',
  'main risk',
  'headcount',
  'roadmap',
  'policy',
  'forecast',
  'open problem',
  'strategy',
  'backlog',
];

/** Ten thousand questions of which ten at a time differ in the number only. */
function promptOf(n: number): string {
  const [department, topic] = [DEPARTMENTS[n % 10], TOPICS[Math.floor(n / 10) % 10]];
  return `What is the ${topic} of the ${department} team in region ${Math.floor(n / 100)}?`;
}

function keyOf(prompt: string): InferenceKey {
  const rest = { model: 'base', engine: 'simulated', system: 'You are the CEO of a company.', parameters: {} } as const;
  return { agentId: 'ceo', adapter: 'ceo', adapterRevision: 'r1', prompt, ...rest };
}

const says =
  (text: string, finishReason = 'stop'): Upstream =>
  async () => ({
    ...{ text, finishReason, engine: 'simulated', model: 'base' },
    ...{ promptTokens: 1, completionTokens: 1, firstTokenMs: null },
  });

/** Never kept, so that the cache stays as it is. */
const truncated = says('Gro', 'length');
const fails: Upstream = () => Promise.reject(new Error('the model was asked'));

async function naive(vectors: readonly Float32Array[], prompt: string): Promise<number> {
  const [query] = await lexicalEmbedder.embed([prompt]);
  return vectors.reduce((best, vector) => Math.max(best, cosine(query!, vector)), -1);
}

async function callsOfAThousand(): Promise<number> {
  const cache = new CachedInferenceEngine();
  let calls = 0;
  const call: Upstream = (...args) => {
    calls++;
    return says('Growth.')(...args);
  };
  await Promise.all(Array.from({ length: 1000 }, () => cache.infer(keyOf('What are our Q2 goals?'), call)));
  return calls;
}
