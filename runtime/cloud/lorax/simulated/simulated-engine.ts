import type { ChatMessage, LoraxInfo, Token } from '../../../contracts/lorax.ts';
import type { Clock } from '../../../core/clock.ts';
import type { AdapterEntry, AdapterRef, Engine, EngineEvent, EngineRequest, EngineStats } from '../engine.ts';
import { LoraxError } from '../errors.ts';
import { type AdapterFiles, readAdapterFiles } from './adapter-files.ts';
import { jsonForSchema } from './json.ts';
import { assumedProfile, type SimulatedProfile } from './profile.ts';
import { hash32 } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { simulatedText, topicsOf } from './text.ts';
import { END_OF_TEXT, type SimulatedToken, tokenize } from './tokenizer.ts';

/** Goes up when the same request gets another text than before: answers of two versions must not be mixed in a cache. */
const VERSION = '1';
const MODEL_ID = 'aos/simulated';
const BYTES_PER_MB = 1_000_000;

export interface SimulatedEngineOptions {
  clock: Clock;
  profile?: Partial<SimulatedProfile> | undefined;
  /** The model it stands in for; clients may name it as `model`. */
  baseModel?: string | undefined;
}

/** Answers without a model: text from a lexicon, at the pace a GPU would have. Labelled as simulated wherever it shows. */
export function createSimulatedEngine(options: SimulatedEngineOptions): Engine {
  const { clock, baseModel } = options;
  const profile = { ...assumedProfile, ...options.profile };
  const scheduler = new Scheduler(profile, clock);
  const known = new Map<string, KnownAdapter>();
  let requests = 0;
  let tokens = 0;

  async function meet(ref: AdapterRef): Promise<KnownAdapter> {
    const files = ref.source === 'local' ? await readAdapterFiles(ref.id) : namedFiles(ref, profile);
    scheduler.tiers.register(ref.id, files.sizeBytes);
    const first = { createdMs: clock.now(), inferenceCount: 0, lastUsedMs: null };
    const adapter = { ...(known.get(ref.id) ?? first), ref, hash: files.hash };
    known.set(ref.id, adapter);
    return adapter;
  }

  async function* generate(request: EngineRequest, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    signal.throwIfAborted();
    const adapters: KnownAdapter[] = [];
    for (const ref of request.adapters) adapters.push(await meet(ref));
    signal.throwIfAborted();
    const answer = answerTokens(request, adapters);
    const seat = scheduler.enter({
      adapters: adapters.map(({ ref }) => ref.id),
      promptTokens: request.prompt.length,
      tokens: answer.length,
    });
    const onAbort = () => seat.fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await seat.started();
      requests++;
      for (const adapter of adapters) markUsed(adapter.ref.id);
      yield { type: 'started' };
      for (const token of answer) {
        await seat.step();
        tokens++;
        yield { type: 'token', token: toToken(token, request.alternatives), eos: token === END_OF_TEXT };
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      scheduler.leave(seat);
    }
  }

  function markUsed(id: string): void {
    const adapter = known.get(id);
    if (adapter) known.set(id, { ...adapter, inferenceCount: adapter.inferenceCount + 1, lastUsedMs: clock.now() });
  }

  const adapterEntry = ({ ref, createdMs, inferenceCount, lastUsedMs }: KnownAdapter): AdapterEntry => {
    const tiered = scheduler.tiers.get(ref.id);
    return {
      id: ref.id,
      root: ref.id,
      createdMs,
      loaded: scheduler.tiers.isReady(ref.id, clock.monotonic()),
      size_bytes: tiered?.sizeBytes ?? 0,
      load_count: tiered?.loadCount ?? 0,
      inference_count: inferenceCount,
      last_used: lastUsedMs,
    };
  };

  return {
    name: 'simulated',
    computeType: 'simulated',
    fingerprint: `aos-sim-${VERSION}`,
    baseModelIds: baseModel && baseModel !== MODEL_ID ? [MODEL_ID, baseModel] : [MODEL_ID],
    info: () => simulatedInfo(profile),
    tokenize: async (text) => tokenize(text),
    chatPrompt,
    generate,
    adapters: () => [...known.values()].map(adapterEntry),
    stats: (): EngineStats => ({ running: scheduler.runningCount, waiting: scheduler.waitingCount, requests, tokens }),
    dispose: async () =>
      scheduler.dispose(new LoraxError('generation', 'Request failed during generation: shutting down')),
  };
}

interface KnownAdapter {
  ref: AdapterRef;
  hash: string;
  createdMs: number;
  inferenceCount: number;
  lastUsedMs: number | null;
}

/** An adapter of a hub: nothing is downloaded, its name stands for its content. */
function namedFiles(ref: AdapterRef, profile: SimulatedProfile): AdapterFiles {
  return { sizeBytes: profile.adapterMB * BYTES_PER_MB, hash: `${ref.source}:${ref.id}` };
}

/** The whole answer, made before its first token is due: what it costs is the scheduler's business. */
function answerTokens(request: EngineRequest, adapters: readonly KnownAdapter[]): SimulatedToken[] {
  const prompt = request.prompt.map(({ text }) => text).join('');
  const voice = adapters.map(({ ref }) => shortName(ref.id)).join('+') || 'base';
  const format = request.responseFormat;
  if (format && format.type !== 'text') {
    const text = `simulated answer of ${voice} on ${topicsOf(prompt).join(', ')}`;
    const answer = tokenize(jsonForSchema(format.schema ?? { type: 'object' }, text));
    return [...answer, END_OF_TEXT].slice(0, request.maxNewTokens);
  }
  const adapterHash = adapters.map(({ hash, ref }) => `${hash}*${ref.weight}`).join('+');
  const { natural, sentences } = simulatedText({
    voice,
    adapterHash,
    prompt,
    seed: request.sampling?.seed ?? 0,
    index: request.index,
  });
  const answer: SimulatedToken[] = [];
  let count = 0;
  for (const sentence of sentences) {
    answer.push(...tokenize(sentence));
    if (++count === natural && !request.ignoreEos) answer.push(END_OF_TEXT);
    if (answer.at(-1) === END_OF_TEXT || answer.length >= request.maxNewTokens) break;
  }
  return answer.slice(0, request.maxNewTokens);
}

/** `company/ceo-adapter` → `ceo-adapter`, `C:\adapters\ceo.gguf` → `ceo.gguf`: readers need no path. */
function shortName(id: string): string {
  return id.split(/[/\\]/).filter(Boolean).at(-1) ?? id;
}

function toToken(token: SimulatedToken, alternatives: number): Token {
  const base = { ...token, special: token === END_OF_TEXT, skipped: false };
  if (alternatives === 0) return base;
  const others = Array.from({ length: alternatives }, (_, n) => {
    const [other = END_OF_TEXT] = tokenize(` option${hash32(`${token.text}:${n}`) % 100}`);
    return { ...other, logprob: token.logprob - (n + 1) };
  });
  return { ...base, alternative_tokens: others };
}

/** Roles in angle brackets, as in most chat templates. */
function chatPrompt(messages: readonly ChatMessage[]): string {
  const turns = messages.map(({ role, content }) => `<|${role}|>\n${contentText(content)}\n`);
  return `${turns.join('')}<|assistant|>\n`;
}

function contentText(content: ChatMessage['content']): string {
  if (content === undefined || typeof content === 'string') return content ?? '';
  return content.map((part) => part.text ?? '').join('');
}

function simulatedInfo(profile: SimulatedProfile): LoraxInfo {
  return {
    model_id: MODEL_ID,
    model_sha: null,
    model_dtype: 'simulated',
    model_device_type: 'simulated',
    model_pipeline_tag: 'text-generation',
    max_concurrent_requests: profile.maxBatch + profile.queueLimit,
    max_best_of: 2,
    max_stop_sequences: 10,
    max_input_length: profile.maxInputTokens,
    max_total_tokens: profile.maxTotalTokens,
    waiting_served_ratio: 0.3,
    max_batch_total_tokens: profile.maxBatch * profile.maxTotalTokens,
    max_waiting_tokens: 20,
    validation_workers: 1,
    eager_prefill: false,
    version: `aos-sim-${VERSION}`,
    sha: null,
    docker_label: null,
    request_logger_url: null,
  };
}
