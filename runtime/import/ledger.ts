/** What became of one field of the source. */
export interface FieldReport {
  /** Relative to the workspace that was read. */
  file: string;
  /** `agents[0].purpose`; the name of a variable; empty for the whole file. */
  field: string;
  /** taken: as it was; changed: taken, but not as it was; left: not taken. */
  outcome: 'taken' | 'changed' | 'left';
  /** Where in aos.json it stands now. */
  to?: string;
  /** What was changed, or why it was left. Never a value that may be a secret. */
  note?: string;
}

export const NO_PLACE = 'aos.json has no place for it';

/** Keeps account of every field of the source: what is neither taken nor left by name is reported as left in the end. */
export class Ledger {
  readonly fields: FieldReport[] = [];
  /** What a person has to do before the workspace runs as before. */
  readonly todo: string[] = [];

  add(report: FieldReport): void {
    this.fields.push(report);
  }

  remind(todo: string): void {
    if (!this.todo.includes(todo)) this.todo.push(todo);
  }
}

/** One JSON object of the source, and the account of its fields. */
export class SourceObject {
  readonly #ledger: Ledger;
  readonly #file: string;
  readonly #path: string;
  readonly #value: Record<string, unknown>;
  readonly #accounted = new Set<string>();

  constructor(ledger: Ledger, file: string, value: Record<string, unknown>, path = '') {
    this.#ledger = ledger;
    this.#file = file;
    this.#path = path;
    this.#value = value;
  }

  get file(): string {
    return this.#file;
  }

  get keys(): string[] {
    return Object.keys(this.#value);
  }

  /** As it is, without an account of it. */
  get(key: string): unknown {
    return Object.hasOwn(this.#value, key) ? this.#value[key] : undefined;
  }

  /** Text that is not empty. */
  text(key: string): string | undefined {
    const value = this.get(key);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  texts(key: string): string[] {
    const value = this.get(key);
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string' && item.trim() !== '') : [];
  }

  /** The object under a key; it keeps its own account. */
  object(key: string): SourceObject | undefined {
    const value = this.get(key);
    if (!isObject(value)) return undefined;
    this.#accounted.add(key);
    return new SourceObject(this.#ledger, this.#file, value, this.#pathOf(key));
  }

  /** The objects of a list, or of a record by their keys; each keeps its own account. */
  objects(key: string): { key: string | undefined; object: SourceObject }[] {
    const value = this.get(key);
    if (!Array.isArray(value) && !isObject(value)) return [];
    this.#accounted.add(key);
    const entries = Array.isArray(value)
      ? value.map((item, index) => ({ key: undefined, item, path: `${this.#pathOf(key)}[${index}]` }))
      : Object.entries(value).map(([name, item]) => ({ key: name, item, path: `${this.#pathOf(key)}.${name}` }));
    return entries.flatMap(({ key, item, path }) => {
      if (isObject(item)) return [{ key, object: new SourceObject(this.#ledger, this.#file, item, path) }];
      this.#ledger.add({ file: this.#file, field: path, outcome: 'left', note: 'it is not an object' });
      return [];
    });
  }

  /** @param change what is not as it was. Nothing is noted of a key that is not there, here as in `left`. */
  took(key: string, to: string, change?: string): void {
    this.#account(key, { outcome: change === undefined ? 'taken' : 'changed', to, note: change });
  }

  left(key: string, note: string): void {
    this.#account(key, { outcome: 'left', note });
  }

  /** Accounts for all that has not been so far. @param reasons by key; others have no place in aos.json */
  leaveRest(reasons: Record<string, string> = {}): void {
    for (const key of this.keys) {
      if (this.#accounted.has(key)) continue;
      this.left(
        key,
        isEmpty(this.#value[key]) ? 'it is empty' : Object.hasOwn(reasons, key) ? reasons[key]! : NO_PLACE,
      );
    }
  }

  /** The object as a whole is left. */
  leaveAll(note: string): void {
    this.#ledger.add({ file: this.#file, field: this.#path, outcome: 'left', note });
  }

  #account(key: string, report: Pick<FieldReport, 'outcome' | 'to' | 'note'>): void {
    if (!Object.hasOwn(this.#value, key)) return;
    this.#accounted.add(key);
    this.#ledger.add({ file: this.#file, field: this.#pathOf(key), ...report });
  }

  #pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
