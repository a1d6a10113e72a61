import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { LiveConnection } from '../../../../extension/client/live-connection.ts';
import { LiveState } from '../../../../extension/client/live-state.ts';
import { agent, status } from '../support/fixtures.ts';
import { serve, sse } from '../support/runtime-stub.ts';

it('comes back with a fresh snapshot when the stream breaks, and leaves nothing open', async () => {
  const responses: ServerResponse[] = [];
  await using server = await serve((_request, _body, response) => {
    responses.push(response);
    const agents = [agent({ agent_id: `ceo-${responses.length}` })];
    sse(response)({ event: 'snapshot', status: status(), agents, adapters: [], shards: [] } as never);
  });
  const heard: string[] = [];
  const twice = Promise.withResolvers<void>();
  const state = new LiveState({
    intervalMs: 0,
    onChange: () => {
      heard.push([...state.agents.keys()].join());
      if (state.agents.has('ceo-1') && state.connected) responses[0]?.destroy();
      if (state.agents.has('ceo-2') && state.connected) twice.resolve();
    },
  });
  const lost: unknown[] = [];
  const connection = new LiveConnection({ endpoint: server, state, onLost: (error) => lost.push(error) });
  await twice.promise;
  const closed = new Promise((resolve) => responses[1]?.once('close', resolve));
  await connection.dispose();
  await closed;
  expect(lost).toHaveLength(1);
  expect(heard).toContain('ceo-1');
});
