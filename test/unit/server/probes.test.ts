import { describe, expect, it } from 'vitest';
import { AosError } from '../../../runtime/core/errors.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { createHttpServer } from '../../../runtime/server/http-server.ts';
import { addProbes } from '../../../runtime/server/probes.ts';

/** A replica that is of use, but for `changes`. */
function setUp(changes: {
  draining?: boolean;
  held?: number[];
  replicas?: (string | null)[] | Error;
  storage?: boolean;
  keys?: boolean;
  model?: boolean;
}) {
  const { draining = false, held = [1], replicas = ['r1', null], storage = true, keys = true, model = true } = changes;
  const server = createHttpServer({ token: 'token', logger: silentLogger });
  addProbes(server, {
    version: '1',
    draining: () => draining,
    shards: { shards: held },
    overview: {
      readRecent: async () => {
        if (replicas instanceof Error) throw replicas;
        return { shards: replicas.map((replica, shard) => ({ shard, replica })) } as never;
      },
    },
    storageAnswers: () => storage,
    endpoint: { answered: model },
    accessTokens: { available: async () => keys },
  });
  return async (url: string) => {
    const { statusCode, body } = await server.inject({ url, headers: { host: 'localhost' } });
    return [statusCode, JSON.parse(body)];
  };
}

const ready = async (changes: Parameters<typeof setUp>[0]) => {
  const [status, body] = await setUp(changes)('/api/health/ready');
  return [status, body.status];
};

describe('the readiness probe', () => {
  it('says that a replica with shards is ready, and what it has looked at', async () => {
    expect(await setUp({})('/api/health/ready')).toEqual([
      200,
      { status: 'ready', checks: { shards: true, storage: true, identity: true, model: true } },
    ]);
  });

  it('waits for shards, but not for those that other replicas hold', async () => {
    expect(await ready({ held: [] })).toEqual([503, 'waiting']);
    expect(await ready({ held: [], replicas: ['r1', 'r2'] })).toEqual([200, 'ready']);
    expect(await ready({ held: [], replicas: new AosError('AOS_STORAGE', 'away') })).toEqual([503, 'waiting']);
  });

  it('waits for storage and for the signing keys, and not for the model', async () => {
    expect(await ready({ storage: false })).toEqual([503, 'waiting']);
    expect(await ready({ keys: false })).toEqual([503, 'waiting']);
    expect(await ready({ model: false })).toEqual([200, 'ready']);
  });

  it('sends nobody to a replica that drains, which stays alive', async () => {
    expect(await ready({ draining: true })).toEqual([503, 'draining']);
    expect(await setUp({ draining: true })('/api/health')).toEqual([
      200,
      { status: 'draining', service: 'aos', version: '1' },
    ]);
  });
});
