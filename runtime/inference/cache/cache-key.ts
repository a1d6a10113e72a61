import { hash } from 'node:crypto';
import type { Engine, GenerateParameters } from '../../contracts/http.ts';

/** Everything an answer depends on. Whether it is streamed is not part of it. */
export interface InferenceKey {
  /** Whose agents these are; undefined: the one owner of this runtime. */
  tenant?: string | undefined;
  agentId: string;
  /** Undefined: the base model. */
  adapter: string | undefined;
  /** Changes when the content of the adapter does. */
  adapterRevision: string | undefined;
  model: string;
  engine: Engine;
  system: string;
  /** Turns before the prompt. */
  history?: readonly { role: string; content: string }[] | undefined;
  /** As they are sent to the model. */
  tools?: unknown;
  /** As it is sent to the model, a JSON schema included. */
  responseFormat?: unknown;
  prompt: string;
  parameters: GenerateParameters;
}

/** Goes up when the same key is to mean something else. */
const VERSION = 2;

/** What absent sampling parameters mean (LoRAX's chat route): writing a default out asks the same question. */
export const defaultParameters = {
  max_new_tokens: null,
  temperature: 1,
  top_p: 1,
  top_k: null,
  seed: null,
} satisfies Record<Exclude<keyof GenerateParameters, 'stop'>, number | null>;
const NAMES = Object.keys(defaultParameters) as (keyof typeof defaultParameters)[];

/**
 * The key under which an answer is cached: SHA-256 (64 hex digits) of everything the answer depends on, in one spelling.
 * The order of parameters and of stop sequences does not matter; every character of the prompt does.
 */
export function cacheKey(key: InferenceKey): string {
  return hash('sha256', JSON.stringify([scopeParts(key), key.prompt]));
}

/** All that must be equal before prompts may be compared, as 64 hex digits: the key without the prompt. */
export function scopeKey(key: InferenceKey): string {
  return hash('sha256', JSON.stringify(scopeParts(key)));
}

/** JSON keeps what stands side by side apart, whatever characters it holds. */
function scopeParts(key: InferenceKey): unknown[] {
  const { parameters } = key;
  return [
    VERSION,
    key.tenant,
    key.agentId,
    key.adapter,
    key.adapterRevision,
    key.model,
    key.engine,
    key.system,
    key.history?.length ? key.history.map(({ role, content }) => [role, content]) : null,
    key.tools,
    key.responseFormat,
    NAMES.map((name) => parameters[name] ?? defaultParameters[name]),
    parameters.stop ? [...new Set(parameters.stop)].sort() : [],
  ];
}
