import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { Counter } from '@opentelemetry/api';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import {
  type BlobLease,
  DEFAULT_LEASE_MS,
  type HeldLease,
  type LeaseOptions,
  leaseSeconds,
  whileLeased,
} from './blob-lease.ts';
import { RETRIES, type StorageConnection, storageAccess } from './connection.ts';
import { statusOf, storageCodeOf, toStorageError } from './storage-error.ts';

export interface BlobManagerOptions {
  connection: StorageConnection;
  /** 3 to 63 lower-case letters, digits and single hyphens. */
  container: string;
  logger: Logger;
  /** Counts every request to storage. */
  meters?: { storageOperations: Pick<Counter, 'add'> };
  clock?: Clock;
}

export interface UploadOptions {
  /** Default `application/octet-stream`, for text `text/plain; charset=utf-8`. */
  contentType?: string;
  metadata?: Record<string, string>;
  /** That of the lease on the blob; without it a leased blob cannot be written. */
  leaseId?: string | undefined;
  signal?: AbortSignal | undefined;
}

export type AccessTier = 'Hot' | 'Cool' | 'Cold' | 'Archive';
export type BlobType = 'blockBlob' | 'appendBlob' | 'pageBlob';

export interface BlobInfo {
  name: string;
  sizeBytes: number;
  lastModified: Date;
  /** Another one whenever the blob is written. */
  etag: string;
  contentType: string | undefined;
  type: BlobType;
  /** `Hot`, `Cool`, `Cold`, `Archive`; undefined where the account has no tiers. */
  tier: AccessTier | undefined;
}

interface Call {
  signal?: AbortSignal | undefined;
}

/** Azure's policies write them another way than its storage does. */
const BLOB_TYPES = { BlockBlob: 'blockBlob', AppendBlob: 'appendBlob', PageBlob: 'pageBlob' } as const;

/** A stream goes up in blocks of this size, of which so many are under way at a time. */
const BLOCK_BYTES = 4 * 1024 * 1024;
const PARALLEL_BLOCKS = 4;

/** A container of Azure Blob storage, or of what speaks its protocol. Every method throws AosError AOS_STORAGE on failure. */
export class BlobManager {
  readonly container: string;
  readonly #client: ContainerClient;
  readonly #url: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #operations: Pick<Counter, 'add'> | undefined;

  /** @throws AosError AOS_CONFIG_INVALID if the connection cannot be used */
  constructor(options: BlobManagerOptions) {
    const { url } = storageAccess(options.connection, 'blob');
    this.container = options.container;
    this.#url = url;
    this.#client = serviceOf(options.connection).getContainerClient(options.container);
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    this.#operations = options.meters?.storageOperations;
  }

  /** Creates the container unless it is there. */
  async ensure({ signal }: Call = {}): Promise<void> {
    await this.#call('ensure', `create container ${this.container}`, signal, async () => {
      const { succeeded } = await this.#client.createIfNotExists({ abortSignal: signal });
      if (succeeded) this.#logger.info('container created', { container: this.container });
    });
  }

  /** Writes a blob, in the place of the one of its name if there is one. */
  async upload(name: string, content: string | Uint8Array | Readable, options: UploadOptions = {}): Promise<void> {
    const { metadata, leaseId, signal } = options;
    const standard = typeof content === 'string' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
    const settings = {
      blobHTTPHeaders: { blobContentType: options.contentType ?? standard },
      ...(metadata ? { metadata } : {}),
      ...(leaseId ? { conditions: { leaseId } } : {}),
      abortSignal: signal,
    };
    const blob = this.#client.getBlockBlobClient(name);
    await this.#call('upload', `write blob ${this.container}/${name}`, signal, async () => {
      if (typeof content === 'string') await blob.uploadData(Buffer.from(content), settings);
      else if (content instanceof Uint8Array) await blob.uploadData(content, settings);
      else await blob.uploadStream(content, BLOCK_BYTES, PARALLEL_BLOCKS, settings);
    });
  }

  /** @returns undefined if there is no such blob */
  async downloadStream(name: string, { signal }: Call = {}): Promise<Readable | undefined> {
    return this.#call('download', `read blob ${this.container}/${name}`, signal, async () => {
      try {
        const { readableStreamBody } = await this.#client.getBlobClient(name).download(0, undefined, {
          abortSignal: signal,
        });
        return readableStreamBody as Readable | undefined;
      } catch (error) {
        if (isNoBlob(error)) return undefined;
        throw error;
      }
    });
  }

  /** @returns undefined if there is no such blob */
  async download(name: string, { signal }: Call = {}): Promise<Uint8Array | undefined> {
    const stream = await this.downloadStream(name, { signal });
    if (!stream) return undefined;
    try {
      return await buffer(stream);
    } catch (error) {
      throw toStorageError(error, { doing: `read blob ${this.container}/${name}`, url: this.#url, signal });
    }
  }

  /** @returns the blob as UTF-8; undefined if there is no such blob */
  async downloadText(name: string, call: Call = {}): Promise<string | undefined> {
    const bytes = await this.download(name, call);
    return bytes && new TextDecoder().decode(bytes);
  }

  /** The blobs whose names start with `prefix`, in the order of their names. */
  async *list({ prefix = '', signal }: { prefix?: string } & Call = {}): AsyncIterableIterator<BlobInfo> {
    this.#operations?.add(1, { operation: 'list', container: this.container });
    try {
      for await (const { name, properties } of this.#client.listBlobsFlat({ prefix, abortSignal: signal })) {
        yield {
          name,
          sizeBytes: properties.contentLength ?? 0,
          lastModified: properties.lastModified,
          etag: properties.etag,
          contentType: properties.contentType,
          type: BLOB_TYPES[properties.blobType ?? 'BlockBlob'],
          tier: properties.accessTier as AccessTier | undefined,
        };
      }
    } catch (error) {
      throw toStorageError(error, { doing: `list container ${this.container}`, url: this.#url, signal });
    }
  }

  /**
   * Deletes a blob and its snapshots; one that is not there is fine.
   * @returns whether it was there
   */
  async delete(name: string, { leaseId, signal }: Call & { leaseId?: string | undefined } = {}): Promise<boolean> {
    return this.#call('delete', `delete blob ${this.container}/${name}`, signal, async () => {
      try {
        const conditions = leaseId ? { conditions: { leaseId } } : {};
        await this.#client.deleteBlob(name, { deleteSnapshots: 'include', ...conditions, abortSignal: signal });
        return true;
      } catch (error) {
        if (isNoBlob(error)) return false;
        throw error;
      }
    });
  }

  /** Moves a blob to another access tier. One that is archived cannot be read until it is moved back, which takes hours. */
  async setTier(name: string, tier: AccessTier, { signal }: Call = {}): Promise<void> {
    await this.#call('set_tier', `set the access tier of blob ${this.container}/${name}`, signal, async () => {
      await this.#client.getBlobClient(name).setAccessTier(tier, { abortSignal: signal });
    });
  }

  /**
   * Takes the right to write a blob, which has to be there.
   * @returns undefined if somebody else has it
   * @throws AosError AOS_NOT_FOUND without the blob, AOS_BAD_REQUEST for a duration that the service does not know
   */
  async acquireLease(name: string, options: LeaseOptions = {}): Promise<BlobLease | undefined> {
    const { durationMs = DEFAULT_LEASE_MS, signal: abortSignal } = options;
    const seconds = leaseSeconds(durationMs);
    const client = this.#client.getBlobClient(name).getBlobLeaseClient();
    const acquired = await this.#lease('acquire', name, abortSignal, () =>
      client.acquireLease(seconds, { abortSignal }),
    );
    if (!acquired) return undefined;
    return {
      id: client.leaseId,
      renew: ({ signal } = {}) => this.#lease('renew', name, signal, () => client.renewLease({ abortSignal: signal })),
      release: async ({ signal } = {}) => {
        await this.#lease('release', name, signal, () => client.releaseLease({ abortSignal: signal }));
      },
    };
  }

  /**
   * Ends a lease that somebody else holds, at once.
   * @returns whether there was one
   */
  async breakLease(name: string, { signal }: Call = {}): Promise<boolean> {
    const client = this.#client.getBlobClient(name).getBlobLeaseClient();
    return this.#lease('break', name, signal, () => client.breakLease(0, { abortSignal: signal }));
  }

  /**
   * Does some work while nobody else can write a blob: takes a lease, renews it until the work is done, releases it.
   * @throws what the work throws; AosError AOS_STATE_CONFLICT if somebody else has the lease, or it was lost meanwhile
   */
  async withLease<T>(name: string, work: (held: HeldLease) => Promise<T>, options: LeaseOptions = {}): Promise<T> {
    const { durationMs = DEFAULT_LEASE_MS, signal } = options;
    const blob = `${this.container}/${name}`;
    const lease = await this.acquireLease(name, options);
    if (!lease) {
      throw new AosError('AOS_STATE_CONFLICT', `Somebody else holds the lease on blob ${blob}. Try again in a moment.`);
    }
    return whileLeased(lease, work, { blob, durationMs, signal, clock: this.#clock, logger: this.#logger });
  }

  /** @returns false if the lease is, or the blob was, not there to do it with */
  async #lease(
    operation: 'acquire' | 'renew' | 'release' | 'break',
    name: string,
    signal: AbortSignal | undefined,
    run: () => Promise<unknown>,
  ): Promise<boolean> {
    const blob = `${this.container}/${name}`;
    return this.#call(`${operation}_lease`, `${operation} the lease on blob ${blob}`, signal, async () => {
      try {
        await run();
        return true;
      } catch (error) {
        if (operation === 'acquire' && isNoBlob(error)) {
          throw new AosError('AOS_NOT_FOUND', `There is no blob ${blob} to lease. Write it first.`, { cause: error });
        }
        if (statusOf(error) === 409 || isNoBlob(error)) return false;
        throw error;
      }
    });
  }

  async #call<T>(operation: string, doing: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#operations?.add(1, { operation, container: this.container });
    try {
      return await run();
    } catch (error) {
      throw toStorageError(error, { doing, url: this.#url, signal });
    }
  }
}

function serviceOf(connection: StorageConnection): BlobServiceClient {
  const access = storageAccess(connection, 'blob');
  const { maxRetries, retryDelayMs: retryDelayInMs, maxRetryDelayMs: maxRetryDelayInMs } = RETRIES;
  const options = { retryOptions: { maxTries: maxRetries + 1, retryDelayInMs, maxRetryDelayInMs } };
  if (access.kind === 'identity') return new BlobServiceClient(access.url, access.credential, options);
  try {
    return BlobServiceClient.fromConnectionString(access.connectionString, options);
  } catch (cause) {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      'The storage connection string cannot be read. Copy it whole from the "Access keys" page of the storage account.',
      { cause },
    );
  }
}

/** The names of all containers of an account, in order. */
export async function listContainers(connection: StorageConnection, { signal }: Call = {}): Promise<string[]> {
  const { url } = storageAccess(connection, 'blob');
  const names: string[] = [];
  try {
    for await (const { name } of serviceOf(connection).listContainers({ abortSignal: signal })) names.push(name);
    return names;
  } catch (error) {
    throw toStorageError(error, { doing: 'list the containers', url, signal });
  }
}

/** The blob is not there, as opposed to the container. */
function isNoBlob(error: unknown): boolean {
  return statusOf(error) === 404 && storageCodeOf(error) !== 'ContainerNotFound';
}
