import { z } from 'zod';
import type { EndpointApi } from '../../contracts/config.ts';
import { modelListSchema } from '../../contracts/lorax.ts';
import { endpointStatusOf, isUnknownProtocol, toProtocolError } from '../endpoint-error.ts';
import type { BackendCall } from './backend.ts';

/**
 * Finds out what answers by asking for what only one of them has: `/info` is LoRAX's and TGI's, whose metrics begin
 * differently; `/lora-adapters` is llama.cpp's; `/get_model_info` SGLang's; and `/v1/models` everybody else's.
 * @throws AosError AOS_INFERENCE_FAILED if nothing answers, or nothing that is known
 */
export async function detectApi(call: BackendCall): Promise<EndpointApi> {
  const { client } = call;
  if (await has(call, '/info', z.looseObject({ model_id: z.string() }))) {
    return (await hasTgiMetrics(call)) ? 'tgi' : 'lorax';
  }
  if (await has(call, '/lora-adapters', z.array(z.unknown()))) return 'llamacpp';
  if (await has(call, '/get_model_info', z.looseObject({ model_path: z.string() }))) return 'sglang';
  if (await has(call, '/v1/models', modelListSchema)) return 'openai';
  throw toProtocolError('is no model server that is known here: none of their routes answers', client.url);
}

async function hasTgiMetrics({ client, signal }: BackendCall): Promise<boolean> {
  try {
    return /^(?:# \w+ )?tgi_/m.test(await client.getText('/metrics', { signal }));
  } catch (error) {
    if (saysNo(error)) return false;
    throw error;
  }
}

async function has({ client, signal }: BackendCall, path: string, schema: z.ZodType): Promise<boolean> {
  try {
    await client.get(path, schema, { signal });
    return true;
  } catch (error) {
    if (saysNo(error)) return false;
    throw error;
  }
}

/** A server that lacks a route says so, or answers something else; one that is ill, or wants another key, says nothing of it. */
function saysNo(error: unknown): boolean {
  const status = endpointStatusOf(error) ?? 500;
  return isUnknownProtocol(error) || (status < 500 && ![401, 403, 429].includes(status));
}
