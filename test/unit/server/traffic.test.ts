import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { createHttpServer } from '../../../runtime/server/http-server.ts';
import { Traffic } from '../../../runtime/server/traffic.ts';

it('waits for the commands that are being answered, and for no looks', async () => {
  const server = createHttpServer({ token: 'token', logger: silentLogger });
  onTestFinished(() => server.close());
  const traffic = new Traffic(server);
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  server.post('/api/agent_infer', async () => {
    begun.resolve();
    await answer.promise;
    return { ok: true };
  });
  server.get('/api/events', async () => new Promise(() => undefined));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const headers = { authorization: 'Bearer token' };
  const gone = new AbortController();
  const look = fetch(`${url}/api/events`, { headers, signal: gone.signal }).catch(() => undefined);
  const asked = fetch(`${url}/api/agent_infer`, { method: 'POST', headers });
  await begun.promise;

  expect(traffic.underWay).toBe(1);
  let idle = false;
  const waiting = traffic.idle().then(() => {
    idle = true;
  });
  await Promise.resolve();
  expect(idle).toBe(false);
  answer.resolve();
  expect(await (await asked).json()).toEqual({ ok: true });
  await waiting;
  expect(traffic.underWay).toBe(0);
  gone.abort();
  await look;
});
