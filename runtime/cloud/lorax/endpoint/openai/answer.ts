import type {
  ChatCompletionRequest,
  CompletionRequest,
  FinishReason,
  GenerateParameters,
  OpenAiFinishReason,
  Token,
  Usage,
} from '../../../../contracts/lorax.ts';
import { newId } from '../../../../core/ids.ts';
import type { EndpointContext } from '../context.ts';
import type { Generation } from '../generation.ts';
import { heldBack, withoutStop } from '../stopping.ts';

/** What an answer, or all chunks of one, begins with. */
export interface Identity {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

/** `model` is what the request says, for clients compare it. */
export function identify({ engine, clock }: EndpointContext, prefix: string, model: string | undefined): Identity {
  return {
    id: newId(prefix),
    created: Math.floor(clock.now() / 1000),
    model: model || engine.baseModelIds[0],
    system_fingerprint: engine.fingerprint,
  };
}

/** The parameters that chat and completions share, in LoRAX's names. */
export function sharedParameters(request: ChatCompletionRequest | CompletionRequest): GenerateParameters {
  const { stop, temperature = 1, response_format: format } = request;
  return {
    adapter_id: request.model,
    adapter_source: request.adapter_source,
    api_token: request.api_token,
    // OpenAI samples unless temperature 0 says otherwise.
    do_sample: true,
    temperature,
    top_p: request.top_p,
    top_k: request.top_k,
    seed: request.seed,
    ignore_eos_token: request.ignore_eos_token,
    repetition_penalty: request.repetition_penalty,
    frequency_penalty: request.frequency_penalty,
    presence_penalty: request.presence_penalty,
    max_new_tokens: request.max_tokens,
    stop: typeof stop === 'string' ? [stop] : stop,
    response_format: format && { type: format.type, schema: format.schema ?? format.json_schema?.schema },
  };
}

/** The whole text; a stop sequence does not show. */
export function visibleText({ text, finish, plan }: Generation): string {
  return withoutStop(text, finish === 'stop_sequence' ? plan.stop : []);
}

/** Text of a stream as it may be shown: what may become a stop sequence waits until it is one (and is dropped) or not. */
export class VisibleStream {
  #sent = 0;

  /** What is new since the last call. */
  next(generation: Generation): string {
    const { text, finish, plan } = generation;
    const whole = visibleText(generation);
    const ready = finish ? whole.length : whole.length - heldBack(text, plan.stop);
    const fresh = whole.slice(this.#sent, ready);
    this.#sent = Math.max(this.#sent, ready);
    return fresh;
  }
}

/** Tokens that have a text: the end of a text is none of the answer's. */
export function visibleTokens({ tokens }: Pick<Generation, 'tokens'>): Token[] {
  return tokens.filter(({ special }) => !special);
}

export function usageOf(first: Generation, ...others: Generation[]): Usage {
  const prompt = first.promptTokens;
  const completion = [first, ...others].reduce((sum, { tokens }) => sum + tokens.length, 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

export function toOpenAiReason(finish: FinishReason | undefined): OpenAiFinishReason {
  return finish === 'length' || finish === undefined ? 'length' : 'stop';
}
