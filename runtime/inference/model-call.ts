import type { AdapterLoad, Engine, GenerateParameters } from '../contracts/http.ts';
import { ALREADY_LOADED, loraxHeaders } from '../contracts/lorax.ts';
import type { Clock } from '../core/clock.ts';
import type { Backend, Target } from './backends/backend.ts';
import type { OnToken } from './generation.ts';

export interface ChatTurn {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** One question to an endpoint. */
export interface ModelCall extends Target {
  backend: Backend;
  /** As this project names it. */
  adapterName: string | undefined;
  parameters: GenerateParameters;
  signal: AbortSignal | undefined;
  onToken: OnToken | undefined;
  clock: Clock;
}

/** What the headers of an answer say of who made it. `fingerprint` is that of OpenAI's answers. */
export function engineOfAnswer(headers: Headers, fingerprint?: string | null): Engine {
  const device = headers.get(loraxHeaders.computeType);
  if (device === 'simulated' || fingerprint?.startsWith('aos-sim-')) return 'simulated';
  return device === 'cpu' ? 'llama' : 'remote';
}

export function modelOfAnswer(headers: Headers, baseModel: string): string {
  return headers.get(loraxHeaders.modelId) ?? baseModel;
}

/** Of LoRAX and vLLM unknown; the embedded endpoint tells. */
export function adapterLoadOf(headers: Headers): AdapterLoad {
  const value = headers.get(loraxHeaders.adapterLoadTimeMs);
  if (value === ALREADY_LOADED) return 'already_loaded';
  return value === null || Number.isNaN(Number(value)) ? null : Number(value);
}

/** From the arrival of the request to its first token: LoRAX counts the three parts of it. */
export function firstTokenMsOf(headers: Headers): number | null {
  const figure = (name: string) => {
    const value = headers.get(name);
    return value === null ? undefined : Number(value);
  };
  const first = figure(loraxHeaders.timeToFirstTokenMs);
  if (first === undefined || Number.isNaN(first)) return null;
  return first + (figure(loraxHeaders.queueTimeMs) || 0) + (figure(loraxHeaders.validationTimeMs) || 0);
}
