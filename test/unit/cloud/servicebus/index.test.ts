import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startServiceBus } from '../../../../runtime/cloud/servicebus/index.ts';
import type { ServiceBusEntities } from '../../../../runtime/contracts/servicebus.ts';
import { silentLogger as logger } from '../../../../runtime/core/logger.ts';
import { RawClient, startTestBroker } from './raw-client.ts';

const entities = { queues: [{ name: 'q' }] };

describe('startServiceBus', () => {
  it('gives a connection string with a new key, or with the one that it is given', async () => {
    const one = await startServiceBus({ entities, logger });
    const two = await startServiceBus({ entities, logger, key: 'mine', keyName: 'Me' });
    expect(one.connectionString).toMatch(
      /^Endpoint=sb:\/\/127\.0\.0\.1:\d+;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=[\w-]{43};UseDevelopmentEmulator=true;$/,
    );
    expect(two.connectionString).toContain(`:${two.port};SharedAccessKeyName=Me;SharedAccessKey=mine;`);
    await Promise.all([one.dispose(), two.dispose()]);
  });

  it('takes the next port when the preferred one is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const broker = await startServiceBus({ entities, logger, port });
    expect(broker.port).toBeGreaterThan(port);
    await broker.dispose();
    taken.close();
  });

  it('refuses entities that make no sense, and says which', async () => {
    const wrong = { queues: [{ name: 'q', maxDeliveryCount: 0 }] } as ServiceBusEntities;
    await expect(startServiceBus({ entities: wrong, logger })).rejects.toMatchObject({
      code: 'AOS_CONFIG_INVALID',
      message: expect.stringContaining('queues.0.maxDeliveryCount'),
    });
  });

  it('stops although clients are connected, silent, half-way, or come back at once; and more than once', async () => {
    const { broker, clock } = await startTestBroker(entities);
    await RawClient.connect(broker, clock.now());
    const sockets: Socket[] = [];
    const dial = (hello: string | undefined): Socket => {
      const socket = connect(broker.port, '127.0.0.1');
      socket.on('error', () => socket.destroy());
      if (hello) socket.write(hello);
      sockets.push(socket);
      return socket;
    };
    const [silent, halfWay] = [dial(undefined), dial('AMQP')];
    await Promise.all([once(silent, 'connect'), once(halfWay, 'connect')]);
    const eager = dial('AMQP\x03\x01\x00\x00');
    await once(eager, 'data');
    eager.once('close', () => dial('AMQP\x03\x01\x00\x00'));
    await Promise.all([broker.dispose(), broker.dispose()]);
    await broker.dispose();
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect(sockets).toHaveLength(4);
  });
});
