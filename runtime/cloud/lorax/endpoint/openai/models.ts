import type { FastifyInstance } from 'fastify';
import type { ModelEntry, ModelList } from '../../../../contracts/lorax.ts';
import type { EndpointContext } from '../context.ts';

const OWNER = 'aos';

/** `GET /info` in LoRAX's shape, and `GET /v1/models` in vLLM's: LoRAX has no list of adapters. */
export function addModelRoutes(server: FastifyInstance, { engine, clock, names }: EndpointContext): void {
  const startedMs = clock.now();

  server.get('/info', async () => engine.info());

  server.get('/v1/models', async (): Promise<ModelList> => {
    const [base, alias] = engine.baseModelIds;
    const shared = { object: 'model' as const, owned_by: OWNER, max_model_len: engine.info().max_total_tokens };
    const baseEntry: ModelEntry = {
      ...shared,
      id: base,
      created: Math.floor(startedMs / 1000),
      root: alias ?? base,
      parent: null,
      permission: [],
    };
    const adapters = names.listed(engine.adapters()).map(
      ({ id, root, createdMs, ...aos }): ModelEntry => ({
        ...shared,
        id,
        created: Math.floor(createdMs / 1000),
        root,
        parent: base,
        permission: [],
        aos,
      }),
    );
    return { object: 'list', data: [baseEntry, ...adapters] };
  });
}
