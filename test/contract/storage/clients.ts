import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { type LocalStorage, type StorageOptions, startStorage } from '../../../runtime/cloud/storage/index.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { ensureAzuriteBundle } from './bundle.ts';

/** On free ports, in memory unless `dataDir` says otherwise. */
export async function startTestStorage(options: Partial<StorageOptions> = {}): Promise<LocalStorage> {
  await ensureAzuriteBundle();
  return startStorage({ blobPort: 0, tablePort: 0, logger: silentLogger, ...options });
}

export async function tableOf(
  { connectionString }: Pick<LocalStorage, 'connectionString'>,
  name: string,
): Promise<TableClient> {
  const table = TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
  await table.createTable();
  return table;
}

export async function containerOf(
  { connectionString }: Pick<LocalStorage, 'connectionString'>,
  name: string,
): Promise<ContainerClient> {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(name);
  await container.createIfNotExists();
  return container;
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'aos-storage-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
