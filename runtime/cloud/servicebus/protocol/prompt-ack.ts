import type { Socket } from 'node:net';

/** An AMQP frame without content: what a peer may send at any time to show that it is alive. */
const EMPTY_FRAME = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);

/**
 * Answers every chunk at once, with an empty frame if there is nothing else to say. The Azure client leaves Nagle's
 * algorithm on: after a flow (to which there is no answer) its next frame waits for our TCP acknowledgement, which the
 * kernel delays by 40 ms unless it can travel with data. Measured with the unmodified client, send to handler:
 * p50 43 ms without, below 1 ms with it.
 * @param isOpen false as long as the connection is still being set up
 */
export function acknowledgePromptly(socket: Socket, isOpen: () => boolean): void {
  let pending = false;
  socket.on('data', () => {
    if (pending) return;
    pending = true;
    const writtenBefore = socket.bytesWritten;
    setImmediate(() => {
      pending = false;
      if (socket.bytesWritten === writtenBefore && isOpen() && socket.writable) socket.write(EMPTY_FRAME);
    });
  });
}
