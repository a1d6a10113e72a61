import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../core/clock.ts';
import { isAosError, messageOf } from '../../core/errors.ts';
import { listenNear } from '../ports.ts';
import { type AzuriteServer, createBlobServer, createTableServer, databasesOf } from './azurite-servers.ts';
import { DatabaseSaver } from './saver.ts';
import type { WorkerCommand, WorkerInput, WorkerMessage } from './worker-protocol.ts';

/** The storage worker: Azurite's blob and table servers in a thread of their own, so that they block nobody else. */
async function main(input: WorkerInput): Promise<void> {
  const { host, dataDir } = input;
  const blob = createBlobServer({ host, dataDir, port: await freePort(host, input.blobPort) });
  await blob.start();
  const table = createTableServer({ host, dataDir, port: await freePort(host, input.tablePort) });
  await table.start();
  const saver = new DatabaseSaver(dataDir === undefined ? [] : databasesOf(blob, table), {
    clock: systemClock,
    onError: (error) => tell({ type: 'save-failed', message: messageOf(error) }),
  });
  saver.start();
  parentPort?.on('message', (command: WorkerCommand) => {
    if (command.type === 'stop') void stop([blob, table], saver);
  });
  tell({ type: 'ready', blobPort: portOf(blob), tablePort: portOf(table) });
}

/** Rejections end the worker: its parent then reports what it got. */
async function stop(servers: readonly AzuriteServer[], saver: DatabaseSaver): Promise<void> {
  await saver.stop();
  for (const server of servers) await server.close();
  tell({ type: 'stopped' });
  parentPort?.close();
}

// An Azurite server that failed to listen leaves its stores open, so the port is tried before one is built.
async function freePort(host: string, preferred: number): Promise<number> {
  if (preferred === 0) return 0;
  return listenNear(preferred, async (port) => {
    const probe = createServer();
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, host, resolve);
    });
    await new Promise((resolve) => probe.close(resolve));
    return port;
  });
}

function portOf(server: AzuriteServer): number {
  return Number(new URL(server.getHttpServerAddress()).port);
}

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

main(workerData as WorkerInput).catch((error: unknown) => {
  const portTaken = isAosError(error) && error.code === 'AOS_PORT_TAKEN' ? error.details?.port : undefined;
  tell({
    type: 'failed',
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
    portTaken: typeof portTaken === 'number' ? portTaken : undefined,
    portLost: error instanceof Error && 'code' in error && error.code === 'EADDRINUSE',
  });
  process.exit(1);
});
