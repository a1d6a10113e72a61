import { access } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { loadLoraAdapterSchema, unloadLoraAdapterSchema } from '../../../../contracts/lorax.ts';
import { toLoraxError } from '../../errors.ts';
import { parseBody } from '../body.ts';
import { clientSignal, type EndpointContext } from '../context.ts';
import type { NamedAdapter } from './names.ts';

const errorStatuses = { InvalidUserInput: 400, BadRequestError: 400, NotFoundError: 404 } as const;

/**
 * vLLM's routes for loading and unloading adapters by name, with vLLM's answers word for word
 * (vllm/entrypoints/openai/models/serving.py), so that its clients and operators work here too.
 */
export function addVllmRoutes(server: FastifyInstance, { engine, names }: EndpointContext): void {
  server.post('/v1/load_lora_adapter', async (request, reply) => {
    const { lora_name: name, lora_path: loraPath, load_inplace } = parseBody(loadLoraAdapterSchema, request.body);
    if (!name || !loraPath) {
      return refuse(reply, 'InvalidUserInput', "Both 'lora_name' and 'lora_path' must be provided.");
    }
    if (engine.baseModelIds.includes(name)) {
      return refuse(reply, 'InvalidUserInput', `The lora adapter name '${name}' conflicts with a served base model.`);
    }
    if (names.get(name) && !load_inplace) {
      const hint = "If you want to load the adapter in place, set 'load_inplace' to True.";
      return refuse(reply, 'InvalidUserInput', `The lora adapter '${name}' has already been loaded. ${hint}`);
    }
    const adapter = await locate(loraPath);
    if (!adapter) {
      const why = `Loading lora ${name} failed: No adapter found for ${loraPath}`;
      return refuse(reply, 'NotFoundError', why);
    }
    try {
      await engine.loadAdapter({ ...adapter, weight: 1 }, clientSignal(reply));
    } catch (error) {
      return refuse(reply, 'BadRequestError', toLoraxError(error).message);
    }
    names.set(name, adapter);
    return reply.type('text/plain').send(`Success: LoRA adapter '${name}' added successfully.`);
  });

  server.post('/v1/unload_lora_adapter', async (request, reply) => {
    const { lora_name: name } = parseBody(unloadLoraAdapterSchema, request.body);
    if (!name) {
      return refuse(reply, 'InvalidUserInput', "'lora_name' needs to be provided to unload a LoRA adapter.");
    }
    if (!names.listed(engine.adapters()).some(({ id }) => id === name)) {
      return refuse(reply, 'NotFoundError', `The lora adapter '${name}' cannot be found.`);
    }
    // One that a request of LoRAX's kind has named is there under its id.
    await engine.unloadAdapter(names.get(name)?.id ?? name);
    names.forget(name);
    return reply.type('text/plain').send(`Success: LoRA adapter '${name}' removed successfully.`);
  });
}

function refuse(reply: FastifyReply, type: keyof typeof errorStatuses, message: string): FastifyReply {
  const code = errorStatuses[type];
  return reply.status(code).send({ error: { message, type, param: null, code } });
}

/** As vLLM reads `lora_path`: a place on this machine if there is one, else an id of a hub (`organisation/adapter`). */
async function locate(loraPath: string): Promise<NamedAdapter | undefined> {
  const isThere = await access(loraPath).then(
    () => true,
    () => false,
  );
  if (isThere) return { id: loraPath, source: 'local' };
  const looksLocal = path.isAbsolute(loraPath) || /^[.~]/.test(loraPath);
  return looksLocal ? undefined : { id: loraPath, source: 'hub' };
}
