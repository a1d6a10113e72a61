import type { AosConfig } from '../contracts/config.ts';
import type { AdapterAction } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { AdapterInfo, LoRAXServer } from '../inference/lorax-server.ts';
import type { AdapterRecord, StateStore } from './state-store.ts';

/** How long an unknown name is not looked up again: it would cost every prompt a read. */
const UNKNOWN_FRESH_MS = 1000;

/** All adapters of the system: those of aos.json, and those in storage that any replica registered. */
export class AdapterCatalog {
  readonly #store: StateStore;
  readonly #lorax: LoRAXServer;
  readonly #clock: Clock;
  #configured = new Set<string>();
  /** Names that storage did not know, and when it was asked. */
  readonly #unknown = new Map<string, number>();

  constructor(options: { store: StateStore; lorax: LoRAXServer; clock: Clock }) {
    this.#store = options.store;
    this.#lorax = options.lorax;
    this.#clock = options.clock;
  }

  async setConfig(config: AosConfig): Promise<void> {
    for (const name of this.#configured) {
      if (!(name in config.adapters)) this.#lorax.unregisterAdapter(name);
    }
    this.#configured = new Set(Object.keys(config.adapters));
    for (const [name, { path, source }] of Object.entries(config.adapters)) {
      await this.#lorax.registerAdapter(name, path, { source });
    }
  }

  /**
   * Makes sure that an adapter which another replica registered is known here, and that its revision is that of its files.
   * An unknown name is the endpoint's to judge.
   * @throws the signal's reason
   */
  async ensure(name: string, signal?: AbortSignal): Promise<void> {
    if (this.#lorax.adapter(name)) return this.#lorax.refreshAdapter(name, signal);
    const now = this.#clock.monotonic();
    if (now - (this.#unknown.get(name) ?? Number.NEGATIVE_INFINITY) < UNKNOWN_FRESH_MS) return;
    const record = await this.#store.getAdapter(name);
    if (record) await this.#add(record);
    else this.#unknown.set(name, now);
  }

  /** @throws AosError AOS_ADAPTER_NOT_FOUND */
  async get(name: string): Promise<AdapterInfo> {
    await this.ensure(name);
    const adapter = this.#lorax.adapter(name);
    if (adapter) return adapter;
    throw new AosError('AOS_ADAPTER_NOT_FOUND', `There is no adapter ${name}. Register it, or add it to aos.json.`);
  }

  /** @throws AosError AOS_ADAPTER_NOT_FOUND, AOS_ADAPTER_REFUSED, AOS_BAD_REQUEST where the endpoint cannot be told to */
  async act(name: string, action: AdapterAction, signal?: AbortSignal): Promise<void> {
    await this.get(name);
    if (action === 'load') await this.#lorax.loadAdapter(name, signal);
    else if (action === 'unload') await this.#lorax.unloadAdapter(name, signal);
    else await this.#lorax.pinAdapter(name, action === 'pin', signal);
  }

  async list(): Promise<AdapterInfo[]> {
    for (const record of await this.#store.listAdapters()) {
      if (!this.#lorax.adapter(record.name)) await this.#add(record);
    }
    await Promise.all(this.#lorax.adapters().map(({ name }) => this.#lorax.refreshAdapter(name)));
    return this.#lorax.adapters();
  }

  /**
   * Idempotent: the same adapter again changes nothing (R20).
   * @throws AosError AOS_ADAPTER_EXISTS if the name belongs to another path or source
   */
  async register(record: AdapterRecord): Promise<{ created: boolean; adapter: AdapterInfo }> {
    await this.ensure(record.name);
    const known = this.#lorax.adapter(record.name);
    if (known && (known.path !== record.path || known.source !== record.source)) {
      throw new AosError(
        'AOS_ADAPTER_EXISTS',
        `Adapter ${record.name} exists with path ${known.path}. Take another name.`,
      );
    }
    if (known) return { created: false, adapter: known };
    const adapter = await this.#add(record);
    return { created: await this.#store.createAdapter(record), adapter };
  }

  #add({ name, path, source }: AdapterRecord): Promise<AdapterInfo> {
    this.#unknown.delete(name);
    return this.#lorax.registerAdapter(name, path, { source });
  }
}
