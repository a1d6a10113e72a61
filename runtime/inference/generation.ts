import type { AdapterLoad, Engine } from '../contracts/http.ts';

/** One finished answer of a model. */
export interface Generation {
  text: string;
  /** `stop` and `length` as OpenAI names them; `eos_token`, `stop_sequence` and `length` where LoRAX's own route answered. */
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
  /** What made it; a simulated answer never passes for a model's. */
  engine: Engine;
  /** The base model, as the endpoint names it. */
  model: string;
  /** From the arrival of the request at the endpoint to its first token; null if the endpoint does not tell. */
  firstTokenMs: number | null;
  /** What it took to load the adapter for it, where the endpoint tells, which it does in no stream. */
  adapterLoad?: AdapterLoad;
}

/** Receives the text of an answer piece by piece. */
export type OnToken = (text: string) => void;
