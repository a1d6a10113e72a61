import path from 'node:path';
import { startLorax } from '../../runtime/cloud/lorax/index.ts';
import { silentLogger } from '../../runtime/core/logger.ts';
import { llamaFolder, prepareLlama } from '../../scripts/llama.mjs';
import { makeTinyModel } from '../../scripts/tiny-model.mjs';
import { type Figure, interleave, median, ms, quantile } from './support/figures.ts';

const ROUNDS = 7;
const CONCURRENT = 8;
const REQUESTS_PER_ROUND = 48;
const TOKENS_PER_REQUEST = 32;
const PROMPT = 'The goal of our company is';

/**
 * Three adapters beside one, on the real llama.cpp with the tiny model: llama.cpp does not compute several adapters in one
 * batch, so this says what the scheduling makes of that. Requests come in a closed loop, so many at a time, through HTTP.
 */
export async function benchLlama(): Promise<Figure[]> {
  await prepareLlama();
  const { base, adapters } = makeTinyModel();
  const lorax = await startLorax({
    port: 0,
    engine: 'llama',
    modelFile: base,
    engineFolder: path.resolve(llamaFolder),
    threads: 1,
    logger: silentLogger,
  });
  try {
    const run = (ids: readonly string[]) => closedLoop((n) => generate(lorax.url, ids[n % ids.length] ?? ''));
    const three = Object.values(adapters);
    const one = three.slice(0, 1);
    await run(three); // the first requests load the adapters
    const samples = await interleave(ROUNDS, { one: () => run(one), three: () => run(three) });
    const throughput = (rounds: readonly number[][]) =>
      median(rounds.map((round) => (REQUESTS_PER_ROUND * 1000) / (round[0] ?? Number.NaN)));
    const latency = (rounds: readonly number[][], p: number) =>
      ms(median(rounds.map((round) => quantile(round.slice(1), p))));
    return [
      {
        name: `three adapters, ${CONCURRENT} at a time, requests per second`,
        ours: throughput(samples.three).toFixed(1),
        peer: `one adapter ${throughput(samples.one).toFixed(1)}`,
        ratio: throughput(samples.three) / throughput(samples.one),
      },
      {
        name: `  latency of ${TOKENS_PER_REQUEST} tokens, p50 and p95`,
        ours: `${latency(samples.three, 0.5)}, ${latency(samples.three, 0.95)}`,
        peer: `one adapter ${latency(samples.one, 0.5)}, ${latency(samples.one, 0.95)}`,
      },
    ];
  } finally {
    await lorax.dispose();
  }
}

/** @returns how long all took together, then how long each took, in ms */
async function closedLoop(request: (n: number) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const startMs = performance.now();
  const client = async () => {
    while (next < REQUESTS_PER_ROUND) {
      const sentMs = performance.now();
      await request(next++);
      times.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, client));
  return [performance.now() - startMs, ...times];
}

async function generate(url: string, adapter_id: string): Promise<void> {
  const parameters = {
    adapter_id,
    adapter_source: 'local',
    max_new_tokens: TOKENS_PER_REQUEST,
    ignore_eos_token: true,
  };
  const response = await fetch(`${url}/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: PROMPT, parameters }),
  });
  if (!response.ok) throw new Error(`The endpoint answered ${response.status}: ${await response.text()}`);
  await response.json();
}
