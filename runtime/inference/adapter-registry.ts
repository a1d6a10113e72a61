import path from 'node:path';
import type { AdapterSource } from '../contracts/lorax.ts';
import type { Clock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { deadline } from '../reliability/deadline.ts';
import { adapterStamp, addressRevision, readAdapterContent } from './adapter-files.ts';
import { orAbort } from './shared-call.ts';

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
  /** Brings an adapter of the blob container `adapters` to this machine, as it is now. @returns its folder or file */
  fetchBlob?: ((name: string) => Promise<string>) | undefined;
  /** Its files are others than before. */
  onChanged?: ((now: AdapterInfo, before: AdapterInfo) => void) | undefined;
  onLookFailed?: ((name: string, error: unknown) => void) | undefined;
  clock: Clock;
}

interface Registered {
  info: AdapterInfo;
  /** Where its files are, or would be; undefined: not on this machine. */
  file: string | undefined;
  /** Of the files that the revision is of; undefined: there were none. */
  stamp: string | undefined;
  /** When the last look began, and when the next may begin at the earliest. Monotonic ms. */
  lookedAtMs: number;
  nextLookAtMs: number;
  /** The look that is under way. */
  look: Promise<void> | undefined;
}

/**
 * A path that begins so names an adapter in the blob container `adapters`. An endpoint on another machine has the container
 * mounted, and finds the adapter under its name.
 */
const BLOB = 'blob:';

/** Between two looks at the files of one adapter; after one that failed, for storage that is ill, it is longer. */
const LOOK_EVERY_MS = 1000;
const LOOK_AGAIN_AFTER_FAILURE_MS = 10_000;
/** What waits for a look waits no longer: storage may hang, or the new weights be large. Until then it is the old revision. */
const LOOK_PATIENCE_MS = 2000;

/** The adapters that are known by name. */
export class AdapterRegistry {
  readonly #options: AdapterRegistryOptions;
  readonly #adapters = new Map<string, Registered>();

  constructor(options: AdapterRegistryOptions) {
    this.#options = options;
  }

  /**
   * The same name again takes the new path, and looks at the content again.
   * @throws AosError AOS_ADAPTER_REFUSED beyond `maxAdapters`; what fetching a blob throws
   */
  async register(name: string, location: string, source: AdapterSource): Promise<AdapterInfo> {
    this.#refuseBeyondLimit(name);
    const registered = await this.#read({ name, path: location, source });
    this.#refuseBeyondLimit(name);
    this.#adapters.set(name, registered);
    return registered.info;
  }

  /**
   * Looks whether the files of an adapter were replaced, at most once a second, and takes up their revision. A look that
   * fails leaves it as it is known.
   * @throws the signal's reason
   */
  async refresh(name: string, signal?: AbortSignal): Promise<void> {
    const known = this.#adapters.get(name);
    if (known?.info.source !== 'local') return;
    const { clock } = this.#options;
    const now = clock.monotonic();
    if (!known.look && now >= known.nextLookAtMs) {
      known.lookedAtMs = now;
      known.nextLookAtMs = now + LOOK_EVERY_MS;
      known.look = this.#look(known).finally(() => {
        known.look = undefined;
      });
    }
    const patienceMs = known.lookedAtMs + LOOK_PATIENCE_MS - now;
    if (!known.look || patienceMs <= 0) return;
    const limit = deadline(patienceMs, signal, clock);
    await orAbort(known.look, limit.signal)
      .catch(() => signal?.throwIfAborted())
      .finally(() => limit.dispose());
  }

  /** Whether an adapter still has this revision, by a look at its files now; false if they cannot be looked at. */
  async isStill(name: string, revision: string): Promise<boolean> {
    const known = this.#adapters.get(name);
    if (known?.info.revision !== revision) return false;
    const { file, stamp } = known;
    if (file === undefined) return true;
    const now = await adapterStamp(file).catch(() => null);
    return now === stamp;
  }

  unregister(name: string): void {
    this.#adapters.delete(name);
  }

  get(name: string): AdapterInfo | undefined {
    return this.#adapters.get(name)?.info;
  }

  /** In order of registration. */
  list(): AdapterInfo[] {
    return [...this.#adapters.values()].map(({ info }) => info);
  }

  async #read({ name, path: given, source }: Pick<AdapterInfo, 'name' | 'path' | 'source'>): Promise<Registered> {
    const file = source === 'local' ? await this.#fileOf(given) : undefined;
    // Before the content: what is written in between is found by the next look.
    const stamp = file === undefined ? undefined : await adapterStamp(file);
    const content = file === undefined ? undefined : await readAdapterContent(file);
    const info: AdapterInfo = {
      name,
      path: given,
      source,
      revision: content?.revision ?? addressRevision(source, given),
      sizeBytes: content?.sizeBytes ?? null,
      location: file !== undefined && this.#options.sharesDisk ? file : withoutBlob(given),
    };
    const lookedAtMs = this.#options.clock.monotonic();
    return { info, file, stamp, lookedAtMs, nextLookAtMs: lookedAtMs + LOOK_EVERY_MS, look: undefined };
  }

  /** Never throws. */
  async #look(known: Registered): Promise<void> {
    const { clock, onChanged, onLookFailed } = this.#options;
    const before = known.info;
    try {
      const file = await this.#fileOf(before.path);
      if ((await adapterStamp(file)) === known.stamp) return;
      const { info, stamp } = await this.#read(before);
      Object.assign(known, { info, file, stamp });
      if (info.revision !== before.revision) onChanged?.(info, before);
    } catch (error) {
      known.nextLookAtMs = clock.monotonic() + LOOK_AGAIN_AFTER_FAILURE_MS;
      onLookFailed?.(before.name, error);
    }
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
