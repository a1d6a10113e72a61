import { idSchema } from '../contracts/ids.ts';

const MAX_LENGTH = 100;
const NOTE = 'ids hold letters, digits, "_", "-" and "." only, and are used once';

/** The ids that names of the source get: the same one for the same name, and no two names the same. */
export class Ids {
  readonly #byName = new Map<string, string>();

  of(name: string): string {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const taken = new Set(this.#byName.values());
    const wanted = toId(name);
    let id = wanted;
    for (let n = 2; taken.has(id); n++) id = `${wanted.slice(0, MAX_LENGTH - 4)}-${n}`;
    this.#byName.set(name, id);
    return id;
  }

  /** Another name of something that has an id. */
  alias(name: string, id: string): void {
    if (!this.#byName.has(name)) this.#byName.set(name, id);
  }

  /** The id of a name that was met before. */
  known(name: string): string | undefined {
    return this.#byName.get(name);
  }
}

/** The id nearest to a name. */
export function toId(name: string): string {
  if (idSchema.safeParse(name).success) return name;
  const id = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, MAX_LENGTH);
  return id === '' ? 'unnamed' : id;
}

/** What to say of an id that is not the name it was made of; undefined if it is. */
export function idChange(name: string, id: string): string | undefined {
  return name === id ? undefined : `"${name}" is now "${id}": ${NOTE}`;
}
