import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import {
  ADAPTERS_PATH,
  adapterActionSchema,
  type adapterEntrySchema,
  type adapterListSchema,
} from '../../../../contracts/lorax.ts';
import type { AdapterEntry } from '../../engine.ts';
import { LoraxError } from '../../errors.ts';
import { parseBody } from '../body.ts';
import { clientSignal, type EndpointContext } from '../context.ts';
import { DEFAULT_ADAPTER_SOURCE } from '../validation.ts';

/** What LoRAX lacks: a list of the adapters, and loading, pinning and unloading them without a request for an answer. */
export function addAdapterRoutes(server: FastifyInstance, { engine, names }: EndpointContext): void {
  server.get(ADAPTERS_PATH, async (): Promise<z.output<typeof adapterListSchema>> => {
    return { adapters: engine.adapters().map(toView) };
  });

  server.post(`${ADAPTERS_PATH}/load`, async (request, reply) => {
    return toView(await engine.loadAdapter(adapterOf(request.body), clientSignal(reply)));
  });

  server.post(`${ADAPTERS_PATH}/pin`, async (request, reply) => {
    return toView(await engine.pinAdapter(adapterOf(request.body), true, clientSignal(reply)));
  });

  server.post(`${ADAPTERS_PATH}/unpin`, async (request, reply) => {
    const adapter = adapterOf(request.body);
    if (!engine.adapters().some(({ id }) => id === adapter.id)) throw unknownAdapter(adapter.id);
    return toView(await engine.pinAdapter(adapter, false, clientSignal(reply)));
  });

  server.post(`${ADAPTERS_PATH}/unload`, async (request) => {
    const { id } = adapterOf(request.body);
    const unloaded = await engine.unloadAdapter(id);
    if (!unloaded) throw unknownAdapter(id);
    return toView(unloaded);
  });

  function adapterOf(body: unknown) {
    const { adapter_id: id, adapter_source: source = DEFAULT_ADAPTER_SOURCE } = parseBody(adapterActionSchema, body);
    return names.resolve(id, source);
  }
}

function toView({ createdMs: _, ...view }: AdapterEntry): z.output<typeof adapterEntrySchema> {
  return view;
}

function unknownAdapter(id: string): LoraxError {
  return new LoraxError('not_found', `No request has named the adapter ${id} so far: GET ${ADAPTERS_PATH} lists them`);
}
