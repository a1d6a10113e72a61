import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ServiceBusClient } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../../runtime/cloud/index.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { ensureAzuriteBundle } from './bundle.ts';
import { containerOf, tableOf, withFolder } from './clients.ts';

const ANY_PORTS = { serviceBus: 0, blob: 0, table: 0, lorax: 0 };
const entities = { queues: [{ name: 'work' }] };

async function startCloud(options: Partial<LocalCloudOptions> = {}): Promise<LocalCloud> {
  await ensureAzuriteBundle();
  return startLocalCloud({
    entities,
    ports: ANY_PORTS,
    logger: silentLogger,
    model: { profile: { timeScale: 0 } },
    ...options,
  });
}

const ask = (cloud: LocalCloud) =>
  fetch(`${cloud.lorax}/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${cloud.loraxKey}` },
    body: JSON.stringify({ inputs: 'Hello', parameters: { adapter_id: 'ceo' } }),
  });

describe('the local cloud', () => {
  it('answers the real clients of all three services', async () => {
    const cloud = await startCloud();
    const table = await tableOf({ connectionString: cloud.storage }, 'agents');
    await table.upsertEntity({ partitionKey: 'p', rowKey: '1' });
    const container = await containerOf({ connectionString: cloud.storage }, 'files');
    await container.getBlockBlobClient('a').upload('x', 1);
    expect((await ask(cloud)).status).toBe(200);
    const bus = new ServiceBusClient(cloud.serviceBus);
    await bus.createSender('work').sendMessages({ body: 'job' });
    const [message] = await bus.createReceiver('work', { receiveMode: 'receiveAndDelete' }).receiveMessages(1);
    expect(message?.body).toBe('job');
    await bus.close();
    expect(cloud.engine).toBe('simulated');
    expect(cloud.stats().lorax).toMatchObject({ requests: 1, running: 0 });
    expect(Object.values(cloud.timings).every((ms) => ms >= 0 && ms < 10_000)).toBe(true);
    expect(cloud.storage).toContain(`BlobEndpoint=${cloud.blob};TableEndpoint=${cloud.table};`);
    await cloud.dispose();
    await expect(ask(cloud)).rejects.toThrow();
  });

  it('comes back with the same ports, keys and data, so that clients go on', () =>
    withFolder(async (dataDir) => {
      const first = await startCloud({ dataDir });
      const table = await tableOf({ connectionString: first.storage }, 'agents');
      await table.upsertEntity({ partitionKey: 'p', rowKey: '1' });
      await first.dispose();
      const second = await startCloud({ dataDir, ports: first.ports, keys: first.keys });
      expect([second.ports, second.keys, second.serviceBus, second.storage]).toEqual([
        ...[first.ports, first.keys, first.serviceBus, first.storage],
      ]);
      expect(await table.getEntity('p', '1')).toMatchObject({ rowKey: '1' });
      expect((await ask(second)).status).toBe(200);
      await second.dispose();
      expect(await readdir(dataDir)).toEqual(['storage']);
    }));

  it('refuses a data folder that another one uses', () =>
    withFolder(async (dataDir) => {
      const first = await startCloud({ dataDir });
      await expect(startCloud({ dataDir })).rejects.toMatchObject({ code: 'AOS_DATA_LOCKED' });
      await first.dispose();
    }));

  it('leaves nothing running when one part cannot start', () =>
    withFolder(async (dataDir) => {
      const loraxPort = await freePort();
      const broken = startCloud({
        dataDir,
        ports: { ...ANY_PORTS, lorax: loraxPort },
        keys: { storage: 'not;base64:' },
      });
      await expect(broken).rejects.toMatchObject({ code: 'AOS_CONFIG_INVALID' });
      await expect(fetch(`http://127.0.0.1:${loraxPort}/health`)).rejects.toThrow();
      const next = await startCloud({ dataDir });
      await next.dispose();
    }));
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
