import { ALREADY_LOADED, loraxHeaders as names } from '../../../contracts/lorax.ts';
import type { Engine } from '../engine.ts';
import type { Generation } from './generation.ts';
import type { GenerationPlan } from './validation.ts';

export interface Timings {
  totalMs: number;
  validationMs: number;
}

/** The headers of every answer; a stream, whose headers leave before its tokens, has only these. */
export function planHeaders(engine: Engine, plan: GenerationPlan): Record<string, string> {
  const { adapters } = plan.engineRequest;
  const headers: Record<string, string> = {
    [names.computeType]: engine.computeType,
    [names.computeCharacters]: String([...plan.inputs].length),
    [names.modelId]: engine.info().model_id,
  };
  const [first] = adapters;
  if (first) {
    headers[names.adapterId] = headerSafe(adapters.map(({ id }) => id).join(','));
    headers[names.adapterSource] = first.source;
  }
  return headers;
}

/** Times are whole milliseconds; tokens and times of `best_of` are those of the answer that was chosen. */
export function resultHeaders(engine: Engine, generation: Generation, timings: Timings): Record<string, string> {
  const generated = generation.tokens.length;
  const decodeMs = generation.inferenceMs - generation.firstTokenMs;
  const figures: Record<string, number> = {
    [names.computeTimeMs]: timings.totalMs,
    [names.totalTimeMs]: timings.totalMs,
    [names.promptTokens]: generation.promptTokens,
    [names.generatedTokens]: generated,
    [names.skippedTokens]: 0,
    [names.totalTokens]: generation.promptTokens + generated,
    [names.validationTimeMs]: timings.validationMs,
    [names.queueTimeMs]: generation.queueMs,
    [names.inferenceTimeMs]: generation.inferenceMs,
    [names.timePerTokenMs]: generation.inferenceMs / Math.max(1, generated),
    [names.timeToFirstTokenMs]: generation.firstTokenMs,
    [names.timePerOutputTokenMs]: decodeMs / Math.max(1, generated - 1),
  };
  const rounded = Object.entries(figures).map(([name, value]) => [name, String(Math.round(value))]);
  return { ...planHeaders(engine, generation.plan), ...loadHeader(generation), ...Object.fromEntries(rounded) };
}

/** Not rounded to whole milliseconds: a small adapter takes less. */
function loadHeader({ plan, adapterLoadMs }: Generation): Record<string, string> {
  if (plan.engineRequest.adapters.length === 0) return {};
  return { [names.adapterLoadTimeMs]: adapterLoadMs === undefined ? ALREADY_LOADED : adapterLoadMs.toFixed(6) };
}

/** Header values are Latin-1 without control characters; an adapter's path may be anything. */
function headerSafe(value: string): string {
  return value.toWellFormed().replaceAll(/[^\x20-\x7e]/gu, (sign) => encodeURIComponent(sign));
}
