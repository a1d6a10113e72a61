import type { FastifyInstance } from 'fastify';
import type { Health, Readiness } from '../contracts/http.ts';
import { isAosError } from '../core/errors.ts';
import type { AccessTokens } from './auth/access-tokens.ts';
import type { Overview } from './overview.ts';

export interface ProbeParts {
  version: string;
  draining: () => boolean;
  shards: { readonly shards: readonly number[] };
  overview: Pick<Overview, 'readRecent'>;
  storageAnswers: () => boolean;
  /** Whether the model endpoint has ever answered. */
  endpoint: { readonly answered: boolean };
  accessTokens: Pick<AccessTokens, 'available'> | undefined;
}

/**
 * What a platform asks, without a token. Alive: the process answers; it goes on being so while it drains, or it would be killed
 * over it. Ready: it holds shards or could, and its services answer; the model is told and not demanded, since an endpoint
 * that is away is away for all replicas, and events, caches and breakers work without it.
 */
export function addProbes(server: FastifyInstance, parts: ProbeParts): void {
  const { version, draining } = parts;
  server.get('/api/health', (): Health => ({ status: draining() ? 'draining' : 'healthy', service: 'aos', version }));
  server.get('/api/health/ready', async (_request, reply) => {
    const checks = await check(parts);
    const useful = checks.shards && checks.storage && checks.identity;
    const status = draining() ? 'draining' : useful ? 'ready' : 'waiting';
    const answer: Readiness = { status, checks };
    return reply.status(status === 'ready' ? 200 : 503).send(answer);
  });
}

async function check({
  shards,
  overview,
  storageAnswers,
  endpoint,
  accessTokens,
}: ProbeParts): Promise<Readiness['checks']> {
  return {
    shards: shards.shards.length > 0 || (await allHeld(overview)),
    storage: storageAnswers(),
    identity: (await accessTokens?.available()) ?? true,
    model: endpoint.answered,
  };
}

/** Whether each shard has a replica: then there is none left for this one. */
async function allHeld(overview: Pick<Overview, 'readRecent'>): Promise<boolean> {
  try {
    return (await overview.readRecent()).shards.every(({ replica }) => replica !== null);
  } catch (error) {
    // Storage does not answer: that is not for a probe to say with an error.
    if (isAosError(error)) return false;
    throw error;
  }
}
