import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../core/logger.ts';
import { type ConnectionMessage, childMessageSchema } from './child-messages.ts';

/** More than enough to read what a process had written to its channel before it ended. */
const LAST_MESSAGES_MS = 50;

/**
 * The one HTTP address of all replicas: accepts connections and hands each to the next replica, as the ingress of a
 * Container App does. The address outlives any replica, and a connection that a dying one did not take goes to another:
 * Node's own cluster would leave that client waiting for ever.
 */
export class Ingress {
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #replicas: ChildProcess[] = [];
  /** Handed over and not taken yet, by the number of the hand-over. */
  readonly #underWay = new Map<number, { socket: Socket; replica: ChildProcess }>();
  /** Accepted while no replica was there. */
  readonly #waiting = new Set<Socket>();
  #turn = 0;
  #lastId = 0;

  constructor(options: { logger: Logger }) {
    this.#logger = options.logger;
    // Nothing is read here: the first byte belongs to the replica.
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', (error) => this.#logger.debug('a connection broke before a replica had it', { error }));
      socket.once('close', () => this.#waiting.delete(socket));
      this.#hand(socket);
    });
  }

  /** @throws Error EADDRINUSE if the port is taken */
  async listen(port: number): Promise<void> {
    this.#server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(this.#server, 'listening');
  }

  /** This replica takes connections from now on, until it is removed or gone. */
  add(replica: ChildProcess): void {
    this.#replicas.push(replica);
    replica.on('message', (raw) => {
      const message = childMessageSchema.safeParse(raw).data;
      if (message?.type === 'connection-taken') this.#taken(message.id);
    });
    replica.once('exit', () => {
      this.remove(replica);
      // Its last messages may still be in the channel (whose `disconnect` never comes while a socket is under way): what it
      // has taken must not go to another one as well.
      setTimeout(() => this.#recover(replica), LAST_MESSAGES_MS);
    });
    for (const socket of [...this.#waiting]) this.#hand(socket);
  }

  /** No new connection for this replica: it drains. */
  remove(replica: ChildProcess): void {
    const at = this.#replicas.indexOf(replica);
    if (at >= 0) this.#replicas.splice(at, 1);
  }

  /** Stops accepting at once. Connections that replicas have taken are theirs. */
  dispose(): void {
    for (const socket of [...this.#waiting, ...[...this.#underWay.values()].map(({ socket }) => socket)])
      socket.destroy();
    this.#server.close();
  }

  #hand(socket: Socket): void {
    const replica = this.#replicas[this.#turn++ % this.#replicas.length];
    if (!replica) {
      this.#waiting.add(socket);
      return;
    }
    this.#waiting.delete(socket);
    const id = ++this.#lastId;
    const message: ConnectionMessage = { type: 'connection', id };
    this.#underWay.set(id, { socket, replica });
    // Kept open here until the replica says that it has it.
    replica.send(message, socket, { keepOpen: true }, (error) => {
      if (!error) return;
      this.remove(replica);
      if (this.#underWay.has(id)) this.#again(id, socket);
    });
  }

  #recover(gone: ChildProcess): void {
    for (const [id, { socket, replica }] of [...this.#underWay]) if (replica === gone) this.#again(id, socket);
  }

  #again(id: number, socket: Socket): void {
    this.#underWay.delete(id);
    if (!socket.destroyed) this.#hand(socket);
  }

  /** Closes our copy of the socket; the connection is the replica's now. */
  #taken(id: number): void {
    this.#underWay.get(id)?.socket.destroy();
    this.#underWay.delete(id);
  }
}
