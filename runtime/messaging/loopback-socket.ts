import { Socket } from 'node:net';

const ports = new Set<number>();
let installed = false;

/**
 * Tunes the connections of this process to a loopback port; `@azure/service-bus` offers no option for either. Nagle's
 * algorithm together with delayed acknowledgements costs up to 45 ms a message: it is switched off. And what is written in
 * one turn goes out with one system call.
 */
export function tuneLoopback(port: number): void {
  ports.add(port);
  if (installed) return;
  installed = true;
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    this.once('connect', () => {
      const loopback = /^(127\.|::1$|::ffff:127\.)/.test(this.remoteAddress ?? '');
      if (!loopback || this.remotePort === undefined || !ports.has(this.remotePort)) return;
      this.setNoDelay(true);
      writeTogether(this);
    });
    return Reflect.apply(connect, this, args);
  } as typeof connect;
}

/** rhea writes each frame by itself. */
function writeTogether(socket: Socket): void {
  const write = socket.write;
  let corked = false;
  socket.write = function (this: Socket, ...args: unknown[]) {
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(() => {
        corked = false;
        socket.uncork();
      });
    }
    return Reflect.apply(write, this, args);
  } as typeof write;
}

/** Port of a connection string with `UseDevelopmentEmulator=true`, i.e. of a broker on this machine. */
export function emulatorPort(connectionString: string): number | undefined {
  if (!/;\s*UseDevelopmentEmulator=true/i.test(connectionString)) return undefined;
  return Number(/Endpoint=sb:\/\/[^:/;]+:(\d+)/i.exec(connectionString)?.[1] ?? 5672);
}
