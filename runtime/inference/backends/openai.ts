import { type ModelEntry, modelListSchema } from '../../contracts/lorax.ts';
import { isUnknownRoute } from '../endpoint-error.ts';
import { asItIs, type Backend, type BackendCall, found, LOADED, type LoadedAdapter } from './backend.ts';
import { idsOf, NamedAdapters } from './named-adapters.ts';

/**
 * OpenAI's routes, as vLLM and many others serve them: an adapter is a model. vLLM loads and unloads while it runs if it was
 * started so (docs.vllm.ai, "LoRA Adapters"); others have adapters under their names, or have none.
 */
export function createOpenAiBackend(): Backend {
  const adapters = new NamedAdapters({
    list: async (call) => new Set((await listIfAny(call)).map(({ id }) => id)),
    load: async (id, { name, location }, { client, signal }) => {
      const body = { lora_name: id, lora_path: location };
      await client.postForText('/v1/load_lora_adapter', body, { signal, adapterName: name });
    },
  });
  return {
    api: 'openai',
    merges: false,
    howToAddAdapters:
      'Start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, or with --lora-modules.',
    adapterId: (adapter, call) => adapters.idOf(adapter, call),
    forgetAdapter: (adapter) => adapters.forget(adapter),
    chatTarget: ({ adapterId, baseModel }) => ({ model: adapterId ?? baseModel }),
    finishReason: asItIs,
    async info({ baseModel, ...call }) {
      const bases = (await models(call)).filter((entry) => !entry.parent);
      const base = bases.find((entry) => entry.id === baseModel) ?? bases[0];
      const simulated = base?.owned_by === 'aos' && base.id === 'aos/simulated';
      return { engine: simulated ? 'simulated' : 'remote', model: base?.id ?? baseModel };
    },
    async loadedAdapters(wanted, call) {
      const entries = await models(call);
      // vLLM lists adapters, and so do we; elsewhere the absence of one says nothing.
      if (!entries.some(({ owned_by }) => owned_by === 'vllm' || owned_by === 'aos')) return undefined;
      const byId = new Map(entries.map((entry) => [entry.id, entry]));
      return found(wanted, (adapter) => {
        const id = idsOf(adapter).find((one) => byId.has(one));
        return id === undefined ? undefined : loadedOf(byId.get(id));
      });
    },
    load: (adapter, call) => adapters.load(adapter, call),
    async unload(adapter, { client, signal }) {
      const id = await adapters.currentId(adapter, { client, signal });
      await client.postForText('/v1/unload_lora_adapter', { lora_name: id }, { signal, adapterName: adapter.name });
      adapters.forget(adapter);
    },
  };
}

/** Gateways may offer a model, and no list of models. */
async function listIfAny(call: BackendCall): Promise<ModelEntry[]> {
  try {
    return await models(call);
  } catch (error) {
    if (isUnknownRoute(error)) return [];
    throw error;
  }
}

async function models({ client, signal }: BackendCall): Promise<ModelEntry[]> {
  return (await client.get('/v1/models', modelListSchema, { signal })).body.data;
}

/** Our own endpoint tells more than vLLM. */
function loadedOf(entry: ModelEntry | undefined): LoadedAdapter {
  if (!entry?.aos) return LOADED;
  const { loaded, tier, pinned, size_bytes, memory_bytes, load_count } = entry.aos;
  return { loaded, tier, pinned, sizeBytes: size_bytes, memoryBytes: memory_bytes, loadCount: load_count };
}
