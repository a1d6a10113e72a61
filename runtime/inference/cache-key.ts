import { createHash } from 'node:crypto';
import type { Engine, GenerateParameters } from '../contracts/http.ts';

/** Everything an answer depends on. */
export interface InferenceKey {
  agentId: string;
  /** Undefined: the base model. */
  adapter: string | undefined;
  /** Changes when the content of the adapter does. */
  adapterRevision: string | undefined;
  model: string;
  engine: Engine;
  system: string;
  prompt: string;
  parameters: GenerateParameters;
}

/** What absent sampling parameters mean (LoRAX's chat route): writing a default out asks the same question. */
const DEFAULTS = { max_new_tokens: null, temperature: 1, top_p: 1, top_k: null, seed: null };

/** Goes up when the same key is to mean something else. */
const VERSION = 1;

/**
 * The key under which an answer is cached: SHA-256 (64 hex digits) of everything the answer depends on, in one spelling.
 * The order of parameters and of stop sequences does not matter; every character of the prompt does.
 */
export function cacheKey(key: InferenceKey): string {
  const { stop, ...parameters } = definedOnly(key.parameters);
  const canonical = [
    VERSION,
    key.engine,
    key.model,
    key.adapter ?? null,
    key.adapterRevision ?? null,
    key.agentId,
    key.system,
    key.prompt,
    sortedEntries({ ...DEFAULTS, ...parameters }),
    [...new Set(stop)].sort(),
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;
}

const sortedEntries = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
