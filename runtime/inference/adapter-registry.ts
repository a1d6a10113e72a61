import path from 'node:path';
import type { AdapterSource } from '../contracts/lorax.ts';
import { AosError } from '../core/errors.ts';
import { addressRevision, readAdapterContent } from './adapter-files.ts';

/** A registered adapter. */
export interface AdapterInfo {
  name: string;
  /** As it was given. */
  path: string;
  source: AdapterSource;
  /** First 6 hex digits of the hash of its content, or of source and path if the content is not on this machine. */
  revision: string;
  /** Null if the content is not on this machine. */
  sizeBytes: number | null;
  /** What the endpoint is told: a path where the endpoint is on this machine too, else the path as it was given, or the id. */
  location: string;
}

export interface AdapterRegistryOptions {
  maxAdapters: number;
  /** The endpoint reads the files of this machine. */
  sharesDisk: boolean;
  /** What the paths of local adapters are relative to. */
  baseDir: string;
  /** Brings an adapter of the blob container `adapters` to this machine. @returns its folder or file */
  fetchBlob?: ((name: string) => Promise<string>) | undefined;
}

/**
 * A path that begins so names an adapter in the blob container `adapters`. An endpoint on another machine has the container
 * mounted, and finds the adapter under its name.
 */
const BLOB = 'blob:';

/** The adapters that are known by name. */
export class AdapterRegistry {
  readonly #options: AdapterRegistryOptions;
  readonly #adapters = new Map<string, AdapterInfo>();

  constructor(options: AdapterRegistryOptions) {
    this.#options = options;
  }

  /**
   * The same name again takes the new path, and looks at the content again.
   * @throws AosError AOS_ADAPTER_REFUSED beyond `maxAdapters`; what fetching a blob throws
   */
  async register(name: string, location: string, source: AdapterSource): Promise<AdapterInfo> {
    this.#refuseBeyondLimit(name);
    const file = source === 'local' ? await this.#fileOf(location) : undefined;
    const content = file === undefined ? undefined : await readAdapterContent(file);
    this.#refuseBeyondLimit(name);
    const info: AdapterInfo = {
      name,
      path: location,
      source,
      revision: content?.revision ?? addressRevision(source, location),
      sizeBytes: content?.sizeBytes ?? null,
      location: file !== undefined && this.#options.sharesDisk ? file : withoutBlob(location),
    };
    this.#adapters.set(name, info);
    return info;
  }

  unregister(name: string): void {
    this.#adapters.delete(name);
  }

  get(name: string): AdapterInfo | undefined {
    return this.#adapters.get(name);
  }

  /** In order of registration. */
  list(): AdapterInfo[] {
    return [...this.#adapters.values()];
  }

  async #fileOf(location: string): Promise<string> {
    const { baseDir, fetchBlob } = this.#options;
    if (!location.startsWith(BLOB)) return path.resolve(baseDir, location);
    if (fetchBlob) return fetchBlob(withoutBlob(location));
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `The adapter ${location} is in blob storage, which this program was not given. Name a folder instead.`,
    );
  }

  #refuseBeyondLimit(name: string): void {
    const { maxAdapters } = this.#options;
    if (this.#adapters.has(name) || this.#adapters.size < maxAdapters) return;
    throw new AosError(
      'AOS_ADAPTER_REFUSED',
      `Adapter ${name} would be one more than the ${maxAdapters} that share the GPU. ` +
        'Remove one, or raise model.max_adapters in aos.json.',
    );
  }
}

const withoutBlob = (location: string) => (location.startsWith(BLOB) ? location.slice(BLOB.length) : location);
