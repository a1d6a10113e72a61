import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { parseServiceBusConnectionString } from '@azure/service-bus';

/** A TCP relay between a client and the broker, whose connections can be cut as a network does it: without a word. */
export interface Proxy extends AsyncDisposable {
  /** The broker's connection string, by way of the proxy. */
  readonly connectionString: string;
  /** Resolves when a client has sent these bytes. */
  sent(text: string): Promise<void>;
  /** Cuts all connections; new ones are taken. */
  cut(): void;
}

export async function startProxy(connectionString: string): Promise<Proxy> {
  const to = addressOf(connectionString);
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  let seen = '';
  const watchers = new Set<() => void>();
  const server = createServer((client) => {
    const broker = connect(to.port, to.host);
    for (const socket of [client, broker]) track(socket.setNoDelay(true));
    client.on('data', (chunk) => {
      seen += chunk.toString('latin1');
      for (const watcher of watchers) watcher();
    });
    client.pipe(broker).pipe(client);
    client.once('close', () => broker.destroy());
    broker.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    connectionString: connectionString.replace(`:${to.port}`, `:${port}`),
    sent(text) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const watcher = () => {
        if (!seen.includes(text)) return;
        watchers.delete(watcher);
        resolve();
      };
      watchers.add(watcher);
      watcher();
      return promise;
    },
    cut,
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

export function addressOf(connectionString: string): { host: string; port: number } {
  const url = new URL(parseServiceBusConnectionString(connectionString).endpoint.replace('sb:', 'http:'));
  return { host: url.hostname, port: Number(url.port) };
}
