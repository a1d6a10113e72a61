import { createServer } from 'node:net';

/** Where AOS people, Azurite users and AMQP clients look first; each gives way to the next free port. */
export const DEFAULT_PORTS = { http: 7071, serviceBus: 5672, blob: 10_000, table: 10_002, lorax: 8080 } as const;

/**
 * The wanted port if it is free on the loopback interface, else the next free one.
 * @param port 0: any free port
 */
export async function freePort(port: number): Promise<number> {
  for (let candidate = port; candidate < port + 100; candidate++) {
    const found = await tryPort(candidate);
    if (found !== undefined) return found;
  }
  return (await tryPort(0))!;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
