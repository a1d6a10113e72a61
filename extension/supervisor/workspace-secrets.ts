import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type * as vscode from 'vscode';
import { CONFIG_FILE } from '../manifest.ts';

/** Names of the `secret:NAME` references of an aos.json, sorted. The text may have errors: what is there counts. */
export function secretNames(configText: string): string[] {
  const found = configText.matchAll(/"secret:([A-Za-z_][A-Za-z0-9_]*)"/g);
  return [...new Set([...found].map(([, name]) => name!))].sort();
}

/** What of VS Code's keychain is used. */
export type Keychain = Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>;

/**
 * The secrets of one workspace folder, in the keychain of the person. They belong to the folder: another one that names the
 * same secret in its aos.json does not get it.
 */
export class WorkspaceSecrets {
  readonly #storage: Keychain;
  readonly #folder: string;

  constructor(storage: Keychain, folder: string) {
    this.#storage = storage;
    this.#folder = folder;
  }

  async has(name: string): Promise<boolean> {
    return (await this.#storage.get(this.#key(name))) !== undefined;
  }

  /** An empty value deletes it. */
  set(name: string, value: string): Thenable<void> {
    return value === '' ? this.#storage.delete(this.#key(name)) : this.#storage.store(this.#key(name), value);
  }

  /** Names that the folder's aos.json refers to. */
  async referenced(): Promise<string[]> {
    const file = path.join(this.#folder, CONFIG_FILE);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return secretNames(text);
  }

  /** `AOS_SECRET_<NAME>` for each secret that aos.json refers to and that is set: so the runtime's processes get them. */
  async environment(): Promise<Record<string, string>> {
    const names = await this.referenced();
    const values = await Promise.all(names.map((name) => this.#storage.get(this.#key(name))));
    return Object.fromEntries(
      names.flatMap((name, index) => {
        const value = values[index];
        return value === undefined ? [] : [[`AOS_SECRET_${name}`, value]];
      }),
    );
  }

  #key(name: string): string {
    return JSON.stringify(['aos.secret', this.#folder, name]);
  }
}
