import { z } from 'zod';
import { asItIs, type Backend, type BackendCall, type EndpointAdapter, found, LOADED } from './backend.ts';
import { idsOf, NamedAdapters } from './named-adapters.ts';

const modelInfoSchema = z.looseObject({ model_path: z.string() });

/** The answer to load and unload; `success: false` is an error body. */
const changedSchema = z.object({
  success: z.literal(true),
  loaded_adapters: z.record(z.string(), z.string()).nullish(),
});

/** SGLang: OpenAI's routes, where an adapter is `<base>:<adapter>`, and routes of its own to load one. */
export function createSglangBackend(): Backend {
  /** It tells what it has in its answers to load and unload only. */
  let loaded: ReadonlySet<string> | undefined;
  const change = async (route: string, body: object, name: string, { client, signal }: BackendCall) => {
    const answer = await client.post(route, body, changedSchema, { signal, adapterName: name });
    loaded = new Set(Object.keys(answer.body.loaded_adapters ?? {}));
  };
  const loadAs = (id: string, { name, location }: EndpointAdapter, call: BackendCall, pinned = false) =>
    change('/load_lora_adapter', { lora_name: id, lora_path: location, pinned }, name, call);
  const adapters = new NamedAdapters({ list: async () => loaded ?? new Set(), load: loadAs });
  const unload = async (adapter: EndpointAdapter, call: BackendCall) => {
    const id = await adapters.currentId(adapter, call);
    await change('/unload_lora_adapter', { lora_name: id }, adapter.name, call);
    adapters.forget(adapter);
  };
  return {
    api: 'sglang',
    merges: false,
    howToAddAdapters: 'Start SGLang with --enable-lora.',
    adapterId: (adapter, call) => adapters.idOf(adapter, call),
    forgetAdapter: (adapter) => adapters.forget(adapter),
    chatTarget: ({ adapterId, baseModel }) => ({
      model: adapterId === undefined ? baseModel : `${baseModel}:${adapterId}`,
    }),
    finishReason: asItIs,
    async info({ client, signal }) {
      const { body } = await client.get('/get_model_info', modelInfoSchema, { signal });
      return { engine: 'remote', model: body.model_path };
    },
    loadedAdapters: async (wanted) =>
      loaded && found(wanted, (adapter) => (idsOf(adapter).some((id) => loaded?.has(id)) ? LOADED : undefined)),
    load: (adapter, call) => adapters.load(adapter, call),
    unload,
    // An adapter is pinned when it is loaded.
    async pin(adapter, pinned, call) {
      const id = await adapters.currentId(adapter, call);
      if (loaded?.has(id)) await unload(adapter, call);
      await loadAs(id, adapter, call, pinned);
    },
  };
}
