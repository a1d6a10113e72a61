import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { expect, it, onTestFinished } from 'vitest';
import { startLocalCloud } from '../../runtime/cloud/index.ts';
import { silentLogger } from '../../runtime/core/logger.ts';
import { entities } from '../../runtime/messaging/entities.ts';
import { getShardId } from '../../runtime/sharding/shard-id.ts';
import { ensureAzuriteBundle } from '../contract/storage/bundle.ts';
import { startFunctionsHost } from '../unit/functions/functions-host.ts';

it('runs the runtime as a Functions app: a request, and an event that the host brings from its session', async () => {
  await ensureAzuriteBundle();
  const cloud = await startLocalCloud({
    entities,
    ports: { serviceBus: 0, blob: 0, table: 0, lorax: 0 },
    model: { baseModel: 'meta-llama/Llama-3.1-8B-Instruct', engine: 'simulated' },
    logger: silentLogger,
  });
  onTestFinished(() => cloud.dispose());
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aos-functions-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(
    path.join(folder, 'aos.json'),
    JSON.stringify({ name: 'f', agents: [{ id: 'ceo', purpose: 'Lead.' }] }),
  );
  Object.assign(process.env, {
    ...{ AZURE_SERVICEBUS_CONNECTION_STRING: cloud.serviceBus, AZURE_STORAGE_CONNECTION_STRING: cloud.storage },
    ...{ AOS_LORAX_ENDPOINT: cloud.lorax, AOS_LORAX_API_KEY: cloud.loraxKey, AOS_FOLDER: folder },
    ...{ WEBSITE_HOSTNAME: 'board.azurewebsites.net', AOS_LOG_LEVEL: 'error' },
  });
  const host = startFunctionsHost();
  await import('../../runtime/functions/main.ts');
  onTestFinished(() => host.terminate());

  const get = (url: string) =>
    host.invoke('api', { http: { method: 'GET', url, headers: {}, params: {}, query: {}, identities: [] } });
  expect(await get('https://board.azurewebsites.net/api/health')).toMatchObject({ http: { statusCode: '200' } });
  expect(await get('https://board.azurewebsites.net/api/agents')).toMatchObject({ http: { statusCode: '401' } });
  expect(await get('https://other.example.com/api/health')).toMatchObject({ http: { statusCode: '403' } });

  const sessionId = `shard-${getShardId('ceo', 10)}`;
  const outcomes: unknown[] = [];
  const bus = new ServiceBusClient(cloud.serviceBus);
  onTestFinished(() => bus.close());
  const body = { event_id: 'e1', agent_id: 'ceo', type: 'Plan', data: {}, sent_at: new Date().toISOString() };
  await bus.createSender('aos-agent-messages').sendMessages({ body, messageId: 'e1', sessionId });
  // The replica holds no session: so this, in the host's place, gets it.
  const session = await bus.acceptSession('aos-agent-messages', sessionId);
  const [received] = await session.receiveMessages(1);
  await host.invoke(
    'agent-messages',
    { json: JSON.stringify(received!.body) },
    {
      SessionId: { string: received!.sessionId! },
      SequenceNumber: { json: String(received!.sequenceNumber) },
      DeliveryCount: { json: String(received!.deliveryCount! + 1) },
    },
  );
  await session.completeMessage(received!);
  const events = bus.createReceiver('agent-events', 'default-subscription');
  outcomes.push(...(await events.receiveMessages(1)));
  expect(outcomes).toMatchObject([{ subject: 'Plan.handled', correlationId: 'e1' }]);
});
