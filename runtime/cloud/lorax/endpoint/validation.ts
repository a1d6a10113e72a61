import { createHash } from 'node:crypto';
import type {
  AdapterSource,
  GenerateParameters,
  GenerateRequest,
  LoraxInfo,
  MergedAdapters,
} from '../../../contracts/lorax.ts';
import type { AdapterRef, Engine, EngineRequest, PromptToken, Sampling } from '../engine.ts';
import { validationError } from '../errors.ts';
import type { AdapterNames } from './adapters/names.ts';

/** Of a seed. LoRAX draws a u64; 48 bits stay exact in JSON numbers of every client. */
const SEED_BYTES = 6;
/** LoRAX's own default (launcher `--adapter-source`). */
export const DEFAULT_ADAPTER_SOURCE: AdapterSource = 'hub';

/** A request that passed validation. */
export interface GenerationPlan {
  /** Everything but `index`, which counts up to `bestOf`. */
  engineRequest: Omit<EngineRequest, 'index'>;
  inputs: string;
  bestOf: number;
  stop: readonly string[];
  returnFullText: boolean;
  details: boolean;
  prefillDetails: boolean;
}

/**
 * Holds a request to LoRAX's rules, in LoRAX's order and with its messages (router/src/validation.rs).
 * @throws LoraxError `validation`
 */
export async function planGeneration(
  { engine, names }: { engine: Engine; names: AdapterNames },
  request: GenerateRequest,
  options: { stream: boolean },
): Promise<GenerationPlan> {
  const info = engine.info();
  const parameters = request.parameters ?? {};
  const adapters = adaptersOf(engine, names, parameters);
  const bestOf = bestOfOf(parameters, info, options.stream);
  checkRanges(parameters, info);
  if (bestOf > 1 && parameters.seed !== undefined) throw validationError('`seed` must not be set when `best_of` > 1');
  const { prompt, maxNewTokens } = await fitPrompt(engine, request.inputs, parameters, info);
  return {
    engineRequest: {
      prompt,
      adapters,
      maxNewTokens,
      sampling: samplingOf(parameters, () => defaultSeed(adapters, request.inputs)),
      repetitionPenalty: parameters.repetition_penalty ?? 1,
      frequencyPenalty: parameters.frequency_penalty ?? 0,
      presencePenalty: parameters.presence_penalty ?? 0,
      ignoreEos: parameters.ignore_eos_token ?? false,
      responseFormat: parameters.response_format,
      alternatives: parameters.return_k_alternatives ?? 0,
    },
    inputs: request.inputs,
    bestOf,
    stop: parameters.stop ?? [],
    returnFullText: parameters.return_full_text ?? false,
    details: (parameters.details ?? false) || (parameters.decoder_input_details ?? false),
    prefillDetails: parameters.decoder_input_details ?? false,
  };
}

/** The adapters a request names; none means the base model. @throws LoraxError `validation` */
export function adaptersOf(
  engine: Engine,
  names: AdapterNames,
  parameters: Pick<GenerateParameters, 'adapter_id' | 'adapter_source' | 'merged_adapters'>,
): AdapterRef[] {
  const { adapter_id: id, adapter_source: source = DEFAULT_ADAPTER_SOURCE, merged_adapters: merged } = parameters;
  if (id && merged) throw validationError('at most one of `adapter_id` or `adapters` may be provided');
  if (merged) return mergedAdapters(merged).map(({ id, weight }) => names.resolve(id, source, weight));
  return id && !engine.baseModelIds.includes(id) ? [names.resolve(id, source)] : [];
}

function mergedAdapters({ ids, weights }: MergedAdapters): { id: string; weight: number }[] {
  if (ids.length === 0) throw validationError('at least one adapter ID must be provided when setting `adapters`');
  if (ids.length !== weights.length)
    throw validationError('number of adapter IDs must match number of adapter weights');
  return ids.map((id, index) => ({ id, weight: weights[index] ?? 1 }));
}

function bestOfOf(parameters: GenerateParameters, info: LoraxInfo, stream: boolean): number {
  const bestOf = parameters.best_of ?? 1;
  if (bestOf <= 0 || bestOf > info.max_best_of) {
    throw validationError(`\`best_of\` must be > 0 and <= ${info.max_best_of}. Given: ${bestOf}`);
  }
  if (stream && bestOf !== 1) throw validationError('`best_of` != 1 is not supported when streaming tokens');
  if (stream && parameters.decoder_input_details) {
    throw validationError('`decoder_input_details` == true is not supported when streaming tokens');
  }
  const { do_sample, temperature, top_k, top_p, typical_p } = parameters;
  const named = [temperature, top_k, top_p, typical_p].some((value) => value !== undefined);
  if (bestOf > 1 && !do_sample && !named) throw validationError('you must use sampling when `best_of` is > 1');
  return bestOf;
}

function checkRanges(parameters: GenerateParameters, info: LoraxInfo): void {
  const { temperature, top_p, top_k, typical_p, max_new_tokens, return_k_alternatives } = parameters;
  const { repetition_penalty, frequency_penalty, presence_penalty, stop = [] } = parameters;
  if (temperature !== undefined && temperature < 0) throw validationError('`temperature` must be non-negative');
  if (repetition_penalty !== undefined && repetition_penalty <= 0) {
    throw validationError('`repetition_penalty` must be strictly positive');
  }
  for (const [name, value] of Object.entries({ frequency_penalty, presence_penalty })) {
    if (value !== undefined && (value < -2 || value > 2))
      throw validationError(`\`${name}\` must be >= -2.0 and <= 2.0`);
  }
  // The message says "< 1.0", yet 1 is taken: that is LoRAX's own behaviour.
  if (top_p !== undefined && (top_p <= 0 || top_p > 1)) throw validationError('`top_p` must be > 0.0 and < 1.0');
  if (typical_p !== undefined && (typical_p <= 0 || typical_p >= 1)) {
    throw validationError('`typical_p` must be > 0.0 and < 1.0');
  }
  if (top_k !== undefined && top_k <= 0) throw validationError('`top_k` must be strictly positive');
  if (max_new_tokens === 0) throw validationError('`max_new_tokens` must be strictly positive');
  if (return_k_alternatives !== undefined && return_k_alternatives <= 0) {
    throw validationError('`return_k_alternatives` must be strictly positive');
  }
  if (stop.length > info.max_stop_sequences) {
    throw validationError(`\`stop\` supports up to ${info.max_stop_sequences} stop sequences. Given: ${stop.length}`);
  }
}

async function fitPrompt(
  engine: Engine,
  inputs: string,
  parameters: GenerateParameters,
  info: LoraxInfo,
): Promise<{ prompt: PromptToken[]; maxNewTokens: number }> {
  if (inputs === '') throw validationError('`inputs` cannot be empty');
  const { truncate } = parameters;
  if (truncate !== undefined && (truncate === 0 || truncate > info.max_input_length)) {
    throw validationError(
      `\`truncate\` must be strictly positive and less than ${info.max_input_length}. Given: ${truncate}`,
    );
  }
  const tokens = await engine.tokenize(inputs);
  const prompt = truncate === undefined ? tokens : tokens.slice(-truncate);
  const room = Math.max(0, info.max_total_tokens - prompt.length);
  const maxNewTokens = parameters.max_new_tokens ?? room;
  if (prompt.length + maxNewTokens > info.max_total_tokens) {
    throw validationError(
      `\`inputs\` tokens + \`max_new_tokens\` must be <= ${info.max_total_tokens}. ` +
        `Given: ${prompt.length} \`inputs\` tokens and ${maxNewTokens} \`max_new_tokens\``,
    );
  }
  if (prompt.length > info.max_input_length) {
    throw validationError(`\`inputs\` must have less than ${info.max_input_length} tokens. Given: ${prompt.length}`);
  }
  return { prompt, maxNewTokens };
}

/** Temperature 0 is greedy even with `do_sample`; anything that shapes the distribution turns sampling on. */
function samplingOf(parameters: GenerateParameters, seed: () => number): Sampling | undefined {
  const { temperature = 1, top_k: topK, top_p: topP, typical_p: typicalP } = parameters;
  if (temperature === 0) return undefined;
  const shaped =
    temperature !== 1 ||
    topK !== undefined ||
    (topP !== undefined && topP < 1) ||
    (typicalP !== undefined && typicalP < 1);
  if (!parameters.do_sample && !shaped) return undefined;
  return { seed: parameters.seed ?? seed(), temperature, topK, topP, typicalP };
}

/**
 * LoRAX draws a random seed. Here the same question to the same adapter gets the same answer, run after run: tests,
 * benchmarks and caches can rely on it, and whoever wants variety gives a seed.
 */
function defaultSeed(adapters: readonly AdapterRef[], inputs: string): number {
  const question = JSON.stringify([adapters.map(({ id, weight }) => [id, weight]), inputs]);
  return createHash('sha256').update(question).digest().readUIntBE(0, SEED_BYTES);
}
