import type { AosConfig } from '../contracts/config.ts';
import { AosError } from '../core/errors.ts';
import type { AdapterInfo, LoRAXServer } from '../inference/lorax-server.ts';
import type { AdapterRecord, StateStore } from './state-store.ts';

/** All adapters of the system: those of aos.json, and those in storage that any replica registered. */
export class AdapterCatalog {
  readonly #store: StateStore;
  readonly #lorax: LoRAXServer;
  #configured = new Set<string>();

  constructor(options: { store: StateStore; lorax: LoRAXServer }) {
    this.#store = options.store;
    this.#lorax = options.lorax;
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

  /** Makes sure that an adapter which another replica registered is known here. An unknown name is the endpoint's to judge. */
  async ensure(name: string): Promise<void> {
    if (this.#lorax.adapter(name)) return;
    const record = await this.#store.getAdapter(name);
    if (record) await this.#add(record);
  }

  async list(): Promise<AdapterInfo[]> {
    for (const record of await this.#store.listAdapters()) {
      if (!this.#lorax.adapter(record.name)) await this.#add(record);
    }
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
    return this.#lorax.registerAdapter(name, path, { source });
  }
}
