import path from 'node:path';
import { z } from 'zod';
import { modelListSchema } from '../../contracts/lorax.ts';
import { AosError } from '../../core/errors.ts';
import { asItIs, type Backend, type BackendCall, type EndpointAdapter, found, LOADED, type Target } from './backend.ts';

const adaptersSchema = z.array(z.looseObject({ id: z.int(), path: z.string() }));
type Entry = z.infer<typeof adaptersSchema>[number];

/**
 * llama.cpp's server: adapters are the files it was started with, numbered; a request names their scales, and those it does
 * not name have scale 0. Requests with different adapters are not batched together.
 */
export function createLlamaCppBackend(): Backend {
  return {
    api: 'llamacpp',
    merges: true,
    howToAddAdapters: 'Start llama-server with --lora <name>.gguf.',
    async adapterId(adapter, call) {
      const entry = (await listed(call)).find((one) => isOf(one, adapter));
      if (entry) return String(entry.id);
      throw new AosError(
        'AOS_ADAPTER_REFUSED',
        `The llama.cpp server ${call.client.url} has no adapter ${adapter.name}. Start it with --lora ${adapter.name}.gguf.`,
      );
    },
    chatTarget: (target) => ({ model: target.baseModel, lora: scalesOf(target) }),
    finishReason: asItIs,
    async info({ client, signal, baseModel }) {
      const { body } = await client.get('/v1/models', modelListSchema, { signal });
      return { engine: 'remote', model: body.data[0]?.id ?? baseModel };
    },
    async loadedAdapters(wanted, call) {
      const entries = await listed(call);
      return found(wanted, (adapter) => (entries.some((entry) => isOf(entry, adapter)) ? LOADED : undefined));
    },
  };
}

async function listed({ client, signal }: BackendCall): Promise<Entry[]> {
  return (await client.get('/lora-adapters', adaptersSchema, { signal })).body;
}

/** A file is converted from its folder, so only their names are alike: `adapters/ceo` is `/models/ceo.gguf`. */
function isOf(entry: Entry, { name, location }: EndpointAdapter): boolean {
  const file = path.parse(entry.path).name;
  return file === name || file === path.parse(location).name;
}

function scalesOf({ adapterId, merged }: Target): { id: number; scale: number }[] {
  if (merged) return merged.ids.map((id, i) => ({ id: Number(id), scale: merged.weights[i] ?? 1 }));
  return adapterId === undefined ? [] : [{ id: Number(adapterId), scale: 1 }];
}
