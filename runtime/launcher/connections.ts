import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { type ChildMessage, connectionMessageSchema } from './child-messages.ts';

/** In a replica: serves the connections that the launcher's ingress hands over. */
export function takeConnections(server: Server): void {
  process.on('message', (raw, handle) => {
    const message = connectionMessageSchema.safeParse(raw).data;
    if (!message) return;
    const taken: ChildMessage = { type: 'connection-taken', id: message.id };
    process.send?.(taken);
    // Undefined when the client was gone before it arrived.
    if (handle instanceof Socket) server.emit('connection', handle);
  });
}
