import { createServer, type Server, type Socket } from 'node:net';
import { AosError } from '../../../core/errors.ts';

/** How many ports after the preferred one are tried. */
const PORTS_TO_TRY = 100;

/**
 * Listens on the preferred port or, if that is taken, on the next free one; 0 is any free port.
 * @throws AosError AOS_PORT_TAKEN
 */
export async function listen({
  host,
  port,
}: {
  host: string;
  port: number;
}): Promise<{ server: Server; port: number }> {
  for (let candidate = port; candidate <= Math.min(port + PORTS_TO_TRY, 65_535); candidate++) {
    const server = await tryPort(host, candidate);
    const address = server?.address();
    if (server && address && typeof address === 'object') return { server, port: address.port };
  }
  throw new AosError(
    'AOS_PORT_TAKEN',
    `No port for Service Bus is free between ${port} and ${port + PORTS_TO_TRY} on ${host}. Choose another port, or 0 for any.`,
  );
}

/** The listening server, or undefined if the port is taken. */
function tryPort(host: string, port: number): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
    else
      reject(
        new AosError('AOS_SERVICE_BUS', `Service Bus cannot listen on ${host}:${port}: ${error.message}.`, {
          cause: error,
        }),
      );
  });
  server.listen(port, host, () => resolve(server));
  return promise;
}

const AMQP_FIRST_BYTE = 0x41; // "AMQP"

/** Looks at the first byte of a connection: AMQP goes to `onAmqp`, anything else is closed. */
export function route(
  socket: Socket,
  { onAmqp, onOther }: { onAmqp: (socket: Socket) => void; onOther: () => void },
): void {
  // The other side sends small frames and waits for answers: Nagle's algorithm would cost 40 ms each time.
  socket.setNoDelay(true);
  const onEarlyError = () => socket.destroy();
  socket.on('error', onEarlyError);
  socket.once('readable', () => {
    const chunk: Buffer | null = socket.read();
    if (!chunk) return;
    if (chunk[0] !== AMQP_FIRST_BYTE) {
      onOther();
      socket.end();
      return;
    }
    socket.unshift(chunk);
    onAmqp(socket);
  });
}
