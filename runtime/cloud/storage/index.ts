import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AosError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { findAzuriteBundle } from './bundle.ts';
import type { WorkerCommand, WorkerInput, WorkerMessage } from './worker-protocol.ts';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const START_ATTEMPTS = 10;
const BASE64 = /^[A-Za-z0-9+/]{4,}={0,2}$/;

/** Not Azurite's well-known account: whoever guesses that one must not get in. The name is part of what is stored. */
export const STORAGE_ACCOUNT = 'aos';

export interface StorageOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** The next free one is taken when it is in use; 0 = any. Defaults 10000 and 10002. */
  blobPort?: number;
  tablePort?: number;
  /** Keeps its files in `<dataDir>/storage`; undefined = in memory. The caller holds the folder's lock. */
  dataDir?: string | undefined;
  /** Account key, base64; default a new one. Stored data can be read with any key of a later run. */
  key?: string | undefined;
  /** Called when the servers die after they were ready. */
  onCrash?: ((error: Error) => void) | undefined;
  logger: Logger;
}

export interface LocalStorage {
  connectionString: string;
  /** With the account in the path, e.g. `http://127.0.0.1:10000/aos`. */
  blobUrl: string;
  tableUrl: string;
  blobPort: number;
  tablePort: number;
  key: string;
  /** Saves, closes both servers, ends the thread. */
  dispose(): Promise<void>;
}

/** A new account key: 512 bits in base64, as Azure's are. */
export function newStorageKey(): string {
  return randomBytes(64).toString('base64');
}

/**
 * Starts Azurite's blob and table servers in a worker thread.
 * @throws AosError AOS_PORT_TAKEN, AOS_NOT_RUNNING (not built), AOS_CONFIG_INVALID (key), AOS_START_TIMEOUT,
 * AOS_STORAGE (its files cannot be read, …)
 */
export async function startStorage(options: StorageOptions): Promise<LocalStorage> {
  const { host = '127.0.0.1', blobPort = 10_000, tablePort = 10_002, key = newStorageKey(), logger } = options;
  const dataDir = options.dataDir === undefined ? undefined : join(options.dataDir, 'storage');
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  // Azurite would answer a key it cannot parse by falling back to its well-known account, open to everybody.
  if (!BASE64.test(key)) {
    throw new AosError('AOS_CONFIG_INVALID', 'The storage account key is not base64. Leave it out to get a new one.');
  }
  const { worker, ready } = await startWorker({ host, blobPort, tablePort, dataDir }, key, logger);
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  logger.info('Storage is ready.', {
    blobPort: ready.blobPort,
    tablePort: ready.tablePort,
    dataDir: dataDir ?? 'memory',
  });

  let disposed: Promise<void> | undefined;
  worker.on('message', (message: WorkerMessage) => {
    if (message.type === 'save-failed') {
      logger.error('Storage could not be saved to disk; it will be tried again.', { error: message.message });
    }
  });
  let dead = false;
  const crashed = (error: Error) => {
    if (disposed || dead) return;
    dead = true;
    logger.error('The local storage died.', { error });
    options.onCrash?.(error);
  };
  worker.once('error', crashed);
  worker.once('exit', (code) => crashed(new AosError('AOS_CRASHED', `The storage worker ended with code ${code}.`)));

  const blobUrl = `http://${host}:${ready.blobPort}/${STORAGE_ACCOUNT}`;
  const tableUrl = `http://${host}:${ready.tablePort}/${STORAGE_ACCOUNT}`;
  return {
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${STORAGE_ACCOUNT};AccountKey=${key};` +
      `BlobEndpoint=${blobUrl};TableEndpoint=${tableUrl};`,
    blobUrl,
    tableUrl,
    blobPort: ready.blobPort,
    tablePort: ready.tablePort,
    key,
    dispose() {
      disposed ??= stop(worker, exited, logger);
      return disposed;
    },
  };
}

type Ready = Extract<WorkerMessage, { type: 'ready' }>;

/** Another cloud that starts at the same moment may take a port that was free a moment ago: then a new worker looks again. */
async function startWorker(input: WorkerInput, key: string, logger: Logger): Promise<{ worker: Worker; ready: Ready }> {
  for (let attempt = 1; ; attempt++) {
    const worker = new Worker(findAzuriteBundle(), {
      name: 'aos-storage',
      workerData: input,
      // Its own environment: Azurite reads accounts from there, and the key must not be in the process's.
      env: { ...process.env, AZURITE_ACCOUNTS: `${STORAGE_ACCOUNT}:${key}` },
      // Azurite's own deprecations are nobody's here.
      execArgv: ['--no-deprecation'],
      stdout: true,
      stderr: true,
    });
    // Azurite prints; stdout of a command belongs to its answer.
    worker.stdout.on('data', (text: Buffer) => logger.debug(String(text).trim()));
    worker.stderr.on('data', (text: Buffer) => logger.warn(String(text).trim()));
    try {
      return { worker, ready: await untilReady(worker, input.dataDir) };
    } catch (error) {
      if (!(error instanceof PortLost) || attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function untilReady(worker: Worker, dataDir: string | undefined): Promise<Ready> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Ready>((resolve, reject) => {
      worker.once('message', (message: WorkerMessage) => {
        if (message.type === 'ready') resolve(message);
        else reject(startError(message, dataDir));
      });
      worker.once('error', (cause) =>
        reject(new AosError('AOS_STORAGE', 'The local storage failed to start.', { cause })),
      );
      worker.once('exit', (code) =>
        reject(new AosError('AOS_STORAGE', `The local storage ended with code ${code} while it was starting.`)),
      );
      timer = setTimeout(
        () =>
          reject(new AosError('AOS_START_TIMEOUT', `The local storage did not start within ${START_TIMEOUT_MS} ms.`)),
        START_TIMEOUT_MS,
      );
    });
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

class PortLost extends AosError {}

function startError(message: WorkerMessage, dataDir: string | undefined): AosError {
  if (message.type !== 'failed') return new AosError('AOS_STORAGE', 'The local storage failed to start.');
  if (message.portLost) return new PortLost('AOS_PORT_TAKEN', `The local storage lost its port: ${message.message}.`);
  if (message.portTaken !== undefined) {
    return new AosError('AOS_PORT_TAKEN', message.message, { details: { port: message.portTaken } });
  }
  const files = dataDir === undefined ? '' : ` Its files are in ${dataDir}: move them away, or choose another folder.`;
  return new AosError('AOS_STORAGE', `The local storage failed to start: ${message.message}.${files}`, {
    cause: message.stack,
  });
}

async function stop(worker: Worker, exited: Promise<void>, logger: Logger): Promise<void> {
  const command: WorkerCommand = { type: 'stop' };
  worker.postMessage(command);
  const timer = setTimeout(() => {
    logger.error('Storage did not stop in time and was ended; its last writes may be lost.');
    void worker.terminate();
  }, STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
