import { type GenerateRequestBody, loraxHeaders as names } from '../../../contracts/lorax.ts';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { AosError, messageOf } from '../../../core/errors.ts';
import type { Measurement, Sample } from './sample.ts';

export interface MeasureOptions {
  /** Key of the endpoint. */
  apiKey?: string | undefined;
  headers?: Record<string, string>;
  /** Adapters the endpoint knows; without any, what adapters cost is not measured. */
  adapters?: readonly string[];
  adapterSource?: 'hub' | 'local' | 's3' | 'pbase';
  /** Requests in flight together. Default 1, 4 and 16. */
  concurrencies?: readonly number[];
  /** Requests each of them sends one after the other. Default 2. */
  rounds?: number;
  /** Tokens of an answer; more average better and take longer. Default 64. */
  tokens?: number;
  /** Words of the longer prompt, with which reading is measured. Default 400. */
  longPromptWords?: number;
  signal?: AbortSignal;
  /** Dates the measurement. */
  clock?: Clock;
}

/** Requests of one kind that run together. */
interface Wave {
  concurrency: number;
  adapters: readonly string[];
  promptWords: number;
}

const SHORT_PROMPT_WORDS = 8;

/**
 * Measures a LoRAX endpoint by the headers of its answers: alone with a long prompt, then with more and more requests at
 * a time, of the base model, of one adapter and of all. It keeps the endpoint busy for some seconds to minutes: the
 * defaults ask for about 45 answers of 64 tokens, three times that with adapters.
 * @throws AosError AOS_BAD_REQUEST for what is no URL; AOS_INFERENCE_FAILED if it cannot be reached, refuses a request or
 * sends no timing headers; the abort reason
 */
export async function measureEndpoint(url: string, options: MeasureOptions = {}): Promise<Measurement> {
  const { rounds = 2, clock = systemClock } = options;
  const source = addressOf(url);
  const samples: Sample[] = [];
  const seen = { modelId: 'unknown', computeType: 'unknown' };
  let request = 0;
  for (const wave of wavesOf(options)) {
    // The first answer of an adapter waits for its load: that is not what is measured.
    for (const adapter of wave.adapters) await ask(wave, adapter);
    const workers = Array.from({ length: wave.concurrency }, async (_, worker) => {
      for (let round = 0; round < rounds; round++) {
        const sample = await ask(wave, wave.adapters[worker % Math.max(1, wave.adapters.length)]);
        samples.push(sample);
      }
    });
    await Promise.all(workers);
  }
  return { source, ...seen, measuredAt: new Date(clock.now()).toISOString(), samples };

  async function ask(wave: Wave, adapter: string | undefined): Promise<Sample> {
    const response = await post(source, promptOf(wave.promptWords, request++), adapter, options);
    seen.modelId = response.headers.get(names.modelId) ?? seen.modelId;
    seen.computeType = response.headers.get(names.computeType) ?? seen.computeType;
    return toSample(response.headers, wave, source);
  }
}

/** Without what may be a secret: it is kept with the profile. */
function addressOf(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) throw new AosError('AOS_BAD_REQUEST', `"${url}" is no URL. Give one like http://127.0.0.1:8080.`);
  return parsed.origin + parsed.pathname.replace(/\/+$/, '');
}

function wavesOf({ concurrencies = [1, 4, 16], adapters = [], longPromptWords = 400 }: MeasureOptions): Wave[] {
  const [first] = adapters;
  const kinds = [[], ...(first === undefined ? [] : [[first]]), ...(adapters.length > 1 ? [adapters] : [])];
  return [
    { concurrency: 1, adapters: [], promptWords: longPromptWords },
    ...concurrencies.flatMap((concurrency) =>
      kinds.map((kind) => ({ concurrency, adapters: kind, promptWords: SHORT_PROMPT_WORDS })),
    ),
  ];
}

/** Each prompt begins differently: a server that caches beginnings must not answer faster than it can. */
function promptOf(words: number, request: number): string {
  return [`Request ${request}.`, ...Array.from({ length: words - 2 }, (_, n) => `word${(n * 7 + request) % 100}`)].join(
    ' ',
  );
}

async function post(
  source: string,
  inputs: string,
  adapter: string | undefined,
  { apiKey, headers, adapterSource, tokens = 64, signal }: MeasureOptions,
): Promise<Response> {
  const body: GenerateRequestBody = {
    inputs,
    parameters: {
      max_new_tokens: tokens,
      ignore_eos_token: true,
      ...(adapter === undefined ? {} : { adapter_id: adapter, adapter_source: adapterSource }),
    },
  };
  const authorization: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${source}/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw failed(`${source} cannot be reached (${messageOf(error)}). Check the URL, and that it is running.`, error);
  });
  const text = await response.text();
  if (!response.ok) throw failed(`${source} answered ${response.status}: ${text.slice(0, 300)}`);
  return response;
}

function toSample(headers: Headers, wave: Wave, source: string): Sample {
  const figure = (name: string): number => {
    const value = headers.get(name);
    if (value !== null && Number.isFinite(Number(value))) return Number(value);
    throw failed(`${source} sends no header ${name}: only endpoints of LoRAX tell how long they took.`);
  };
  return {
    concurrency: wave.concurrency,
    adapters: Math.min(wave.adapters.length, wave.concurrency),
    promptTokens: figure(names.promptTokens),
    generatedTokens: figure(names.generatedTokens),
    queueMs: figure(names.queueTimeMs),
    firstTokenMs: figure(names.timeToFirstTokenMs),
    inferenceMs: figure(names.inferenceTimeMs),
  };
}

function failed(message: string, cause?: unknown): AosError {
  return new AosError('AOS_INFERENCE_FAILED', `The endpoint was not measured: ${message}`, { cause });
}
