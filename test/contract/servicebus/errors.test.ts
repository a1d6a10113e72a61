import { once } from 'node:events';
import { connect } from 'node:net';
import { parseServiceBusConnectionString, ServiceBusClient } from '@azure/service-bus';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { addressOf, startProxy } from './proxy.ts';
import { startBroker, useBroker } from './use-broker.ts';

const broker = useBroker({
  queues: [
    { name: 'orders' },
    { name: 'small', maxMessageSizeBytes: 4096 },
    { name: 'off', status: 'Disabled' },
    { name: 'no-send', status: 'SendDisabled' },
    { name: 'no-receive', status: 'ReceiveDisabled' },
  ],
});

describe('refusals', { timeout: 20_000 }, () => {
  it('names an unknown entity, for senders, receivers, sessions and operations', async () => {
    const client = broker.client();
    const expected = {
      code: 'MessagingEntityNotFound',
      message: expect.stringContaining("The messaging entity 'nope"),
    };
    await expect(client.createSender('nope').sendMessages({ body: 1 })).rejects.toMatchObject(expected);
    await expect(client.createReceiver('nope').receiveMessages(1)).rejects.toMatchObject(expected);
    await expect(client.acceptNextSession('nope')).rejects.toMatchObject(expected);
    await expect(client.createReceiver('nope').peekMessages(1)).rejects.toMatchObject(expected);
    await expect(client.createReceiver('nope', 'sub').receiveMessages(1)).rejects.toMatchObject(expected);
    // The connection is still good.
    await client.createSender('orders').sendMessages({ body: 1 });
  });

  it('refuses a wrong key with UnauthorizedAccess', async () => {
    const { endpoint } = parseServiceBusConnectionString(broker.connectionString);
    const wrong = `Endpoint=${endpoint};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=wrong;UseDevelopmentEmulator=true;`;
    const client = new ServiceBusClient(wrong, { retryOptions: { maxRetries: 0 } });
    const expected = { code: 'UnauthorizedAccess', message: expect.stringContaining('InvalidSignature') };
    await expect(client.createSender('orders').sendMessages({ body: 1 })).rejects.toMatchObject(expected);
    await expect(client.createReceiver('orders').peekMessages(1)).rejects.toMatchObject(expected);
    await client.close();
  });

  it('refuses a wrong key name', async () => {
    const wrong = broker.connectionString.replace('RootManageSharedAccessKey', 'Other');
    const client = new ServiceBusClient(wrong, { retryOptions: { maxRetries: 0 } });
    await expect(client.createSender('orders').sendMessages({ body: 1 })).rejects.toMatchObject({
      code: 'UnauthorizedAccess',
    });
    await client.close();
  });

  it('refuses messages that are too large, and takes the next one on the same link', async () => {
    const client = broker.client();
    const sender = client.createSender('small');
    await expect(sender.sendMessages({ body: 'x'.repeat(5000) })).rejects.toMatchObject({
      code: 'MessageSizeExceeded',
    });
    await sender.sendMessages({ body: 'x'.repeat(3000) });
    const batch = await sender.createMessageBatch();
    expect(batch.maxSizeInBytes).toBe(4096);
    expect(batch.tryAddMessage({ body: 'x'.repeat(5000) })).toBe(false);
    expect(await broker.stats('small')).toMatchObject({ active: 1 });

    // The default is 1 MiB, over many frames.
    const big = client.createSender('orders');
    await expect(big.sendMessages({ body: Buffer.alloc(1_048_576) })).rejects.toMatchObject({
      code: 'MessageSizeExceeded',
    });
    await big.sendMessages({ body: Buffer.alloc(1_000_000, 7), subject: 'big' });
    const receiver = client.createReceiver('orders', { receiveMode: 'receiveAndDelete' });
    const messages = await receiver.receiveMessages(2, { maxWaitTimeInMs: 2000 });
    expect(messages.find(({ subject }) => subject === 'big')?.body).toEqual(Buffer.alloc(1_000_000, 7));
  });

  it('gives each of several messages in flight its own answer', async () => {
    const sender = broker.client().createSender('small');
    const sizes = [10, 5000, 20, 5000, 5000, 30];
    const results = await Promise.allSettled(sizes.map((size) => sender.sendMessages({ body: 'x'.repeat(size) })));
    expect(results.map(({ status }) => status)).toEqual(sizes.map((size) => (size < 4096 ? 'fulfilled' : 'rejected')));
  });

  it('says when an entity is disabled', async () => {
    const client = broker.client();
    const expected = { code: 'MessagingEntityDisabled' };
    await expect(client.createSender('off').sendMessages({ body: 1 })).rejects.toMatchObject(expected);
    await expect(client.createReceiver('off').receiveMessages(1)).rejects.toMatchObject(expected);
    await expect(client.createSender('no-send').sendMessages({ body: 1 })).rejects.toMatchObject(expected);
    await expect(client.createReceiver('no-receive').receiveMessages(1)).rejects.toMatchObject(expected);
    await client.createSender('no-receive').sendMessages({ body: 1 });
    expect(await client.createReceiver('no-send').receiveMessages(1, { maxWaitTimeInMs: 50 })).toEqual([]);
  });
});

describe('below the SDK', { timeout: 20_000 }, () => {
  it('refuses links for which no token was put', async () => {
    const { port, host } = addressOf(broker.connectionString);
    const connection = rhea.create_container().connect({ port, host, username: 'anonymous', reconnect: false });
    const sender = connection.open_sender('orders');
    const [senderContext] = await once(sender, 'sender_error');
    expect(senderContext.sender.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
    const receiver = connection.open_receiver('orders');
    const [receiverContext] = await once(receiver, 'receiver_error');
    expect(receiverContext.receiver.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
    const management = connection.open_sender('orders/$management');
    const [managementContext] = await once(management, 'sender_error');
    expect(managementContext.sender.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
    connection.close();
    await once(connection, 'connection_close');
  });

  it('closes what does not speak AMQP, and goes on', async () => {
    const { port, host } = addressOf(broker.connectionString);
    for (const hello of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01', 'AMQP\x00\x00\x09\x01', 'AMQPgarbage']) {
      const socket = connect(port, host);
      socket.on('error', () => socket.destroy());
      socket.write(hello);
      socket.resume();
      await once(socket, 'close');
    }
    await broker.client().createSender('orders').sendMessages({ body: 'still here' });
  });
});

describe('stopping', { timeout: 20_000 }, () => {
  it('closes every connection and leaves nothing open, with receivers and sessions waiting', async () => {
    const running = await startBroker({ queues: [{ name: 'q' }, { name: 's', requiresSession: true }] });
    await using proxy = await startProxy(running.connectionString);
    const client = new ServiceBusClient(proxy.connectionString, { retryOptions: { maxRetries: 0 } });
    await client.createSender('q').sendMessages({ body: 1 });
    const receiver = client.createReceiver('q');
    const [message] = await receiver.receiveMessages(1);
    expect(message!.body).toBe(1);
    const waiting = client.acceptNextSession('s').then(
      () => 'granted',
      () => 'refused',
    );
    await proxy.sent('com.microsoft:session-filter');
    // On the same connection: when it is answered, the broker has seen the wait.
    await receiver.peekMessages(1);
    expect(await running.stop()).toBe(0);
    expect(await waiting).toBe('refused');
    await client.close();
  });
});
