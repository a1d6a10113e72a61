import type { AdapterSource } from '../../../../contracts/lorax.ts';
import type { AdapterEntry, AdapterRef } from '../../engine.ts';

export interface NamedAdapter {
  id: string;
  source: AdapterSource;
}

/** Names that vLLM's routes give to adapters: requests may then say the name where LoRAX wants the path. */
export class AdapterNames {
  readonly #named = new Map<string, NamedAdapter>();
  /** Ids of unloaded adapters: in vLLM's list they are gone, though the engine remembers what they did. */
  readonly #forgotten = new Set<string>();

  get(name: string): NamedAdapter | undefined {
    return this.#named.get(name);
  }

  set(name: string, adapter: NamedAdapter): void {
    this.#named.set(name, adapter);
    this.#forgotten.delete(adapter.id);
  }

  /** A list of models has it no more, until a request names it again. */
  forget(name: string): void {
    const id = this.#named.get(name)?.id ?? name;
    this.#named.delete(name);
    if (this.#namesOf(id).length === 0) this.#forgotten.add(id);
  }

  /** What a request means by an adapter id. */
  resolve(id: string, source: AdapterSource, weight = 1): AdapterRef {
    const adapter = this.#named.get(id) ?? { id, source };
    this.#forgotten.delete(adapter.id);
    return { ...adapter, weight };
  }

  /** The adapters of a list of models: under each of their names, else under their id. */
  listed(entries: readonly AdapterEntry[]): AdapterEntry[] {
    return entries
      .filter(({ id }) => !this.#forgotten.has(id))
      .flatMap((entry) => {
        const names = this.#namesOf(entry.id);
        return names.length > 0 ? names.map((id) => ({ ...entry, id })) : [entry];
      });
  }

  #namesOf(id: string): string[] {
    return [...this.#named].filter(([, adapter]) => adapter.id === id).map(([name]) => name);
  }
}
