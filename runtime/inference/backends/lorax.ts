import { z } from 'zod';
import type { Engine } from '../../contracts/http.ts';
import { ADAPTERS_PATH, adapterListSchema, generateResponseSchema } from '../../contracts/lorax.ts';
import { endpointStatusOf, isUnknownRoute, toProtocolError } from '../endpoint-error.ts';
import { type Backend, type BackendCall, type EndpointAdapter, found } from './backend.ts';

const infoSchema = z.looseObject({ model_id: z.string(), model_device_type: z.string().nullish() });

/**
 * LoRAX, and the embedded endpoint that speaks like it. LoRAX itself has no list of adapters and no way to load one but
 * asking it; the embedded endpoint has, under {@link ADAPTERS_PATH}.
 */
export function createLoraxBackend(): Backend {
  return {
    api: 'lorax',
    merges: true,
    adapterId: async ({ location }) => location,
    // LoRAX means the base model by an empty name.
    chatTarget: ({ adapterId, adapterSource }) => ({
      model: adapterId ?? '',
      ...(adapterId !== undefined && adapterSource ? { adapter_source: adapterSource } : {}),
    }),
    generateTarget: ({ adapterId, adapterSource, merged }) =>
      merged
        ? { merged_adapters: merged, adapter_source: adapterSource }
        : adapterId === undefined
          ? {}
          : { adapter_id: adapterId, adapter_source: adapterSource },
    // LoRAX calls a stop sequence `content_filter` (predibase/lorax, router/src/lib.rs); it filters nothing.
    finishReason: (reason) => (reason === 'content_filter' ? 'stop' : reason),
    async info({ client, signal }) {
      try {
        const { body } = await client.get('/info', infoSchema, { signal });
        return { engine: engineOf(body.model_device_type), model: body.model_id };
      } catch (error) {
        if (endpointStatusOf(error) !== 404) throw error;
        throw toProtocolError('is not a LoRAX server: it has no /info', client.url, error);
      }
    },
    async loadedAdapters(wanted, { client, signal }) {
      try {
        const { body } = await client.get(ADAPTERS_PATH, adapterListSchema, { signal });
        const byId = new Map(body.adapters.map((entry) => [entry.id, entry]));
        return found(wanted, ({ location }) => {
          const entry = byId.get(location);
          if (!entry) return undefined;
          const { loaded, tier, pinned, size_bytes, memory_bytes, load_count } = entry;
          return { loaded, tier, pinned, sizeBytes: size_bytes, memoryBytes: memory_bytes, loadCount: load_count };
        });
      } catch (error) {
        if (isUnknownRoute(error)) return undefined;
        throw error;
      }
    },
    async load(adapter, call) {
      try {
        await act('load', adapter, call);
      } catch (error) {
        if (!isUnknownRoute(error)) throw error;
        await askOnce(adapter, call);
      }
    },
    unload: (adapter, call) => act('unload', adapter, call),
    pin: (adapter, pinned, call) => act(pinned ? 'pin' : 'unpin', adapter, call),
  };
}

/** Our own endpoint says `simulated`, or `cpu` for llama.cpp; LoRAX itself needs a GPU. */
export function engineOf(device: string | null | undefined): Engine {
  return device === 'simulated' ? 'simulated' : device === 'cpu' ? 'llama' : 'remote';
}

async function act(action: string, { name, location, source }: EndpointAdapter, { client, signal }: BackendCall) {
  const body = { adapter_id: location, adapter_source: source };
  await client.post(`${ADAPTERS_PATH}/${action}`, body, z.unknown(), { signal, adapterName: name });
}

async function askOnce({ name, location, source }: EndpointAdapter, { client, signal }: BackendCall) {
  const parameters = { adapter_id: location, adapter_source: source, max_new_tokens: 1 };
  await client.post('/generate', { inputs: '.', parameters }, generateResponseSchema, { signal, adapterName: name });
}
