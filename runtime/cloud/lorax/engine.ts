import type {
  AdapterSource,
  AdapterStats,
  ChatMessage,
  EngineName,
  LoraxInfo,
  ResponseFormat,
  Token,
} from '../../contracts/lorax.ts';

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
  /** The adapters that requests have named so far, oldest first. */
  adapters(): AdapterEntry[];
  stats(): EngineStats;
  dispose(): Promise<void>;
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

export type EngineEvent = { type: 'started' } | { type: 'token'; token: Token; eos: boolean };

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
