import { afterEach, describe, expect, it } from 'vitest';
import { FailureInjector } from '../../../runtime/cloud/lorax/endpoint/failures.ts';
import { createEndpoint } from '../../../runtime/cloud/lorax/endpoint/server.ts';
import type { Engine } from '../../../runtime/cloud/lorax/engine.ts';
import { createSimulatedEngine } from '../../../runtime/cloud/lorax/simulated/simulated-engine.ts';
import { systemClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** The simulated engine, which can be broken: it dies when asked for tokens, or gives none. */
async function start() {
  const simulated = createSimulatedEngine({ clock: systemClock, profile: { timeScale: 0 } });
  let state: 'works' | 'dies' | 'gives nothing' = 'works';
  const engine: Engine = {
    ...simulated,
    async *generate(request, signal) {
      if (state === 'dies') throw new Error('the process of the model is gone');
      if (state === 'works') yield* simulated.generate(request, signal);
    },
  };
  const failures = new FailureInjector();
  const server = createEndpoint({ engine, clock: systemClock, logger: silentLogger, failures }, {});
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  open.push(server);
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return [response.status, await response.text()];
  };
  const generate = async (parameters: object = {}) => {
    const body = JSON.stringify({ inputs: 'Hello', parameters });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${url}/generate`, { method: 'POST', headers, body })).status;
  };
  return {
    get,
    generate,
    become(next: typeof state) {
      state = next;
    },
  };
}

const UNHEALTHY = [503, '{"error":"unhealthy","error_type":"healthcheck"}'];

describe('health', () => {
  it('is an empty 200 under each of its names', async () => {
    const { get } = await start();
    for (const path of ['/', '/health', '/ping', '/startup']) expect(await get(path), path).toEqual([200, '']);
  });

  it('is lost when a generation failed and the engine does not work, and comes back with it', async () => {
    const { get, generate, become } = await start();
    become('dies');
    expect(await get('/health')).toEqual([200, '']);
    expect(await generate()).toBe(424);
    for (const path of ['/', '/health', '/ping']) expect(await get(path), path).toEqual(UNHEALTHY);
    become('works');
    expect(await get('/health')).toEqual([200, '']);
  });

  it('does not suffer from an adapter that is not there, or a bad request', async () => {
    const { get, generate } = await start();
    expect(await generate({ adapter_id: '/none', adapter_source: 'local' })).toBe(424);
    expect(await generate({ top_k: 0 })).toBe(422);
    expect(await get('/health')).toEqual([200, '']);
  });
});

describe('GET /startup', () => {
  it('generates for real each time', async () => {
    const { get, become } = await start();
    become('gives nothing');
    expect(await get('/startup')).toEqual([500, '{"error":"Empty generation","error_type":"failed healthcheck"}']);
    become('dies');
    expect(await get('/startup')).toEqual([
      424,
      '{"error":"Request failed during generation: the process of the model is gone","error_type":"generation"}',
    ]);
  });
});
