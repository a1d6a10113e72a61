import type {
  AdapterSource,
  AdapterStats,
  ChatMessage,
  EngineName,
  LoraxInfo,
  ResponseFormat,
  Token,
} from '../../contracts/lorax.ts';
import type { Event } from '../../core/events.ts';

/** What the endpoint knows of an engine. Everything about the wire (validation, stop sequences, SSE) is the endpoint's. */
export interface Engine {
  readonly name: EngineName;
  /** The response header `x-compute-type`. */
  readonly computeType: string;
  /** `system_fingerprint` of OpenAI's answers: changes when the same request may get another answer. */
  readonly fingerprint: string;
  /** Names a client may give as `model` and mean the base model; the first one is its id. */
  readonly baseModelIds: readonly [string, ...string[]];
  info(): LoraxInfo;
  /** Joining the texts gives `text` again; special tokens have the empty text. */
  tokenize(text: string): Promise<PromptToken[]>;
  /** The prompt of a conversation, in the base model's chat template. */
  chatPrompt(messages: readonly ChatMessage[]): string;
  /**
   * First `started` when the request joins a batch, then at most `maxNewTokens` tokens, the end-of-text token (if it
   * comes) last. Leaving the loop or aborting frees the request's place.
   * @throws LoraxError `generation` (an adapter), `overloaded`, `validation` (what this engine cannot do); the abort reason
   */
  generate(request: EngineRequest, signal: AbortSignal): AsyncIterable<EngineEvent>;
  /**
   * The vector of a text, of unit length.
   * @throws LoraxError `generation` (an adapter), `validation` (too long)
   */
  embed(text: string, adapters: readonly AdapterRef[], signal: AbortSignal): Promise<Embedding>;
  /** The adapters that requests have named so far, oldest first. */
  adapters(): AdapterEntry[];
  /**
   * Brings an adapter into the fastest tier before a request needs it.
   * @throws LoraxError `generation` if it cannot be loaded, or everything there is pinned
   */
  loadAdapter(adapter: AdapterRef, signal: AbortSignal): Promise<AdapterEntry>;
  /** A pinned adapter is loaded and never makes room for another. @throws LoraxError `generation`, as `loadAdapter` */
  pinAdapter(adapter: AdapterRef, pinned: boolean, signal: AbortSignal): Promise<AdapterEntry>;
  /** Takes it out of memory when the requests that use it are done; undefined if it was never named. */
  unloadAdapter(id: string): Promise<AdapterEntry | undefined>;
  stats(): EngineStats;
  /** Fires for every batch that was computed; feeds LoRAX's `lorax_batch_*`. Undefined where the engine cannot tell. */
  readonly onBatch?: Event<BatchRun>;
  dispose(): Promise<void>;
}

export interface BatchRun {
  method: 'prefill' | 'decode';
  /** Requests in it. */
  size: number;
  durationMs: number;
}

export interface Embedding {
  vector: number[];
  promptTokens: number;
}

export interface PromptToken {
  id: number;
  text: string;
  /** Null where the engine does not know it. */
  logprob: number | null;
}

export interface AdapterRef {
  id: string;
  source: AdapterSource;
  /** 1 unless several adapters are merged. */
  weight: number;
}

export interface EngineRequest {
  /** Already truncated. */
  prompt: readonly PromptToken[];
  /** None = the base model; several = merged. */
  adapters: readonly AdapterRef[];
  maxNewTokens: number;
  /** Undefined = greedy. */
  sampling: Sampling | undefined;
  repetitionPenalty: number;
  frequencyPenalty: number;
  presencePenalty: number;
  /** Which of several answers to the same request (`best_of`) this is. */
  index: number;
  ignoreEos: boolean;
  responseFormat: ResponseFormat | undefined;
  /** How many other candidates each token lists. */
  alternatives: number;
}

export interface Sampling {
  seed: number;
  temperature: number;
  topK: number | undefined;
  topP: number | undefined;
  typicalP: number | undefined;
}

export type EngineEvent =
  /** How long its adapters took to be loaded for it, in ms; undefined: they were loaded before, or there are none. */
  { type: 'started'; adapterLoadMs: number | undefined } | { type: 'token'; token: Token; eos: boolean };

export interface AdapterEntry extends AdapterStats {
  id: string;
  /** Its path, or its name where it has none. */
  root: string;
  /** Milliseconds since the Unix epoch when a request first named it. */
  createdMs: number;
}

export interface EngineStats {
  running: number;
  waiting: number;
  requests: number;
  tokens: number;
}
