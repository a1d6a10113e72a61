import { z } from 'zod';
import { asItIs, type Backend } from './backend.ts';

const infoSchema = z.looseObject({ model_id: z.string() });

/** What TGI calls its base model in a chat, whatever it is. */
const BASE = 'tgi';

/**
 * Text Generation Inference from 2.0.6 on: LoRAX grew out of it, and they still share `/generate` and its `adapter_id`. Its
 * adapters are those it was started with, and it does not list them.
 */
export function createTgiBackend(): Backend {
  return {
    api: 'tgi',
    merges: false,
    howToAddAdapters: 'Name it in LORA_ADAPTERS when TGI starts.',
    adapterId: async ({ name, location, source }) => (source === 'hub' ? location : name),
    chatTarget: ({ adapterId }) => ({ model: adapterId ?? BASE }),
    generateTarget: ({ adapterId }) => ({ adapter_id: adapterId }),
    finishReason: asItIs,
    async info({ client, signal }) {
      const { body } = await client.get('/info', infoSchema, { signal });
      return { engine: 'remote', model: body.model_id };
    },
    loadedAdapters: async () => undefined,
  };
}
