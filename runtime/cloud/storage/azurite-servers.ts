import { join } from 'node:path';

/** The part of LokiJS, Azurite's database, that the saver works with. */
export interface LokiDatabase {
  autosaveDisable(): void;
  autosaveDirty(): boolean;
  saveDatabase(done: (error?: unknown) => void): void;
}

export interface AzuriteServer {
  start(): Promise<void>;
  /** Saves what is unsaved. */
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

interface BlobServer extends AzuriteServer {
  readonly metadataStore: { readonly db: LokiDatabase };
  readonly extentMetadataStore: { readonly db: LokiDatabase };
}

interface TableServer extends AzuriteServer {
  readonly metadataStore: { readonly db: LokiDatabase };
}

// Azurite has no types and no public entry for embedding: these are its modules, with their constructors' parameters.
type Module<T, Args extends unknown[]> = { default: new (...args: Args) => T };
type BlobConfigurationArgs = [
  ...[host: string, port: number, keepAliveS: number | undefined, metadataPath: string, extentsPath: string],
  ...[locations: { locationId: string; locationPath: string; maxConcurrency: number }[]],
  ...[accessLog: boolean, accessLogStream: undefined, debugLog: boolean, debugLogPath: undefined],
  ...[loose: boolean, skipApiVersionCheck: boolean, certificate: string, key: string, password: string],
  ...[oauth: undefined, disableProductStyleUrl: boolean, inMemory: boolean],
];
type TableConfigurationArgs = [
  ...[host: string, port: number, keepAliveS: number | undefined, metadataPath: string],
  ...[debugLog: boolean, accessLog: boolean, accessLogStream: undefined, debugLogPath: undefined],
  ...[loose: boolean, skipApiVersionCheck: boolean, certificate: string, key: string, password: string],
  ...[oauth: undefined, disableProductStyleUrl: boolean, inMemory: boolean],
];
// `require`, not `import`: esbuild's interop would hand over the CommonJS module as the default export.
const blobServer: Module<BlobServer, [object]> = require('azurite/dist/src/blob/BlobServer');
const blobConfiguration: Module<object, BlobConfigurationArgs> = require('azurite/dist/src/blob/BlobConfiguration');
const tableServer: Module<TableServer, [object]> = require('azurite/dist/src/table/TableServer');
const tableConfiguration: Module<object, TableConfigurationArgs> = require('azurite/dist/src/table/TableConfiguration');

export interface ServerOptions {
  host: string;
  port: number;
  /** undefined = memory. */
  dataDir: string | undefined;
}

// `loose` ignores headers Azurite does not know; without `skipApiVersionCheck` it refuses SDKs newer than itself.
const LOOSE = true;
const SKIP_API_VERSION_CHECK = true;
// Accounts are named in the path (127.0.0.1 has no subdomains).
const DISABLE_PRODUCT_STYLE_URL = true;

export function createBlobServer({ host, port, dataDir }: ServerOptions): BlobServer {
  const folder = dataDir ?? '';
  const locations = [{ locationId: 'Default', locationPath: join(folder, 'blobs'), maxConcurrency: 10 }];
  return new blobServer.default(
    new blobConfiguration.default(
      ...([host, port, undefined, join(folder, 'blobs.json'), join(folder, 'extents.json'), locations] as const),
      ...([false, undefined, false, undefined] as const),
      ...([LOOSE, SKIP_API_VERSION_CHECK, '', '', '', undefined, DISABLE_PRODUCT_STYLE_URL] as const),
      dataDir === undefined,
    ),
  );
}

export function createTableServer({ host, port, dataDir }: ServerOptions): TableServer {
  return new tableServer.default(
    new tableConfiguration.default(
      ...([host, port, undefined, join(dataDir ?? '', 'tables.json'), false, false, undefined, undefined] as const),
      ...([LOOSE, SKIP_API_VERSION_CHECK, '', '', '', undefined, DISABLE_PRODUCT_STYLE_URL] as const),
      dataDir === undefined,
    ),
  );
}

/** In the order in which they must be saved: a blob on disk must find its extents on disk. */
export function databasesOf(blob: BlobServer, table: TableServer): LokiDatabase[] {
  return [blob.extentMetadataStore.db, blob.metadataStore.db, table.metadataStore.db];
}
