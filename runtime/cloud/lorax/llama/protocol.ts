import type { Token } from '../../../contracts/lorax.ts';
import type { PromptToken, Sampling } from '../engine.ts';

/** What the process of llama.cpp is started with, in its first message. */
export interface WorkerOptions {
  /** `index.js` of node-llama-cpp. */
  modulePath: string;
  modelFile: string;
  threads: number;
  /** Tokens of one request at most, prompt and answer together. */
  contextTokens: number;
  /** Requests of one adapter that are computed together. */
  sequences: number;
  /** Adapters that can answer at a time, the base model included. */
  activeAdapters: number;
}

export interface ModelFacts {
  /** `general.name` of the file, or the file's name. */
  name: string;
  /** e.g. `llama 1B all F32` */
  type: string;
  contextTokens: number;
  chatTemplate: string | undefined;
}

/** A LoRA adapter as a request uses it: a file whose name changes with its content, since llama.cpp keeps files by path. */
export interface LoraFile {
  file: string;
  scale: number;
}

export interface GenerateCommand {
  adapters: readonly LoraFile[];
  prompt: readonly number[];
  maxNewTokens: number;
  sampling: Sampling | undefined;
  repetitionPenalty: number;
  frequencyPenalty: number;
  presencePenalty: number;
  ignoreEos: boolean;
  /** In llama.cpp's language (GBNF). */
  grammar: string | undefined;
  alternatives: number;
}

/** `id` is that of the request all of a request's messages belong to. */
export type ToWorker =
  | { type: 'init'; options: WorkerOptions }
  | { type: 'tokenize'; id: number; text: string }
  | { type: 'embed'; id: number; text: string }
  | { type: 'generate'; id: number; command: GenerateCommand }
  | { type: 'load'; id: number; adapter: LoraFile; pinned: boolean | undefined }
  | { type: 'unload'; id: number; file: string }
  | { type: 'abort'; id: number };

/** What went wrong, in LoRAX's words: `validation` is the request's fault, `generation` the model's or the adapter's. */
export type FailureKind = 'validation' | 'generation';

export type FromWorker =
  | { type: 'ready'; facts: ModelFacts }
  | { type: 'init-failed'; message: string }
  | { type: 'tokens'; id: number; tokens: PromptToken[] }
  | { type: 'vector'; id: number; vector: number[]; promptTokens: number }
  /** `loadMs`: what it took to make its adapters ready; undefined: they were before. */
  | { type: 'started'; id: number; loadMs: number | undefined }
  | { type: 'token'; id: number; token: Token; eos: boolean }
  | { type: 'done'; id: number }
  | { type: 'failed'; id: number; kind: FailureKind; message: string }
  /** Whenever an adapter becomes active, or is none any more. */
  | { type: 'active'; files: string[] };
