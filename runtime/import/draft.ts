import type { z } from 'zod';
import { configSchema } from '../contracts/config.ts';
import { Ids, idChange } from './ids.ts';
import { Ledger, type SourceObject } from './ledger.ts';
import type { SourceFolder } from './source-folder.ts';

type ConfigInput = z.input<typeof configSchema>;
export type AgentInput = NonNullable<ConfigInput['agents']>[number];
export type AdapterInput = NonNullable<ConfigInput['adapters']>[string];
export type McpServerInput = NonNullable<ConfigInput['mcp_servers']>[string];
type Json = { [key: string]: unknown };

/** The aos.json that is being made of a workspace, and the account of where everything came from. */
export class Draft {
  readonly folder: SourceFolder;
  readonly ledger = new Ledger();
  readonly adapters = new Map<string, AdapterInput>();
  readonly servers = new Map<string, McpServerInput>();
  readonly agents: AgentInput[] = [];
  readonly adapterIds = new Ids();
  readonly serverIds = new Ids();
  readonly agentIds = new Ids();
  readonly #settings: Json = {};
  /** From which file each setting came. */
  readonly #origins = new Map<string, string>();
  /** Puts a path of the workspace in relation to the aos.json that is written. */
  readonly #relocate: (path: string) => string;

  constructor(folder: SourceFolder, relocate: (path: string) => string) {
    this.folder = folder;
    this.#relocate = relocate;
  }

  /**
   * Takes a setting, if none was taken for this place before and the value is allowed there.
   * @param to e.g. `model.base`
   * @param change what is not as it was
   */
  set(source: SourceObject, key: string, to: string, value: unknown, change?: string): void {
    const origin = this.#origins.get(to);
    if (origin !== undefined) {
      const same = JSON.stringify(at(this.#settings, to)) === JSON.stringify(value);
      if (same) source.took(key, to, change);
      else source.left(key, `${to} has come from ${origin}`);
      return;
    }
    const refusal = whyRefused(to, value);
    if (refusal !== undefined) {
      source.left(key, `${to} ${refusal}`);
      return;
    }
    this.#origins.set(to, source.file);
    put(this.#settings, to, value);
    source.took(key, to, change);
  }

  /** The id of an adapter that the source names; it is added if it is new. */
  adapter(name: string): string {
    const id = this.adapterIds.of(name);
    if (!this.adapters.has(id)) this.adapters.set(id, { path: this.adapterPath(name, id) });
    return id;
  }

  /** Where the weights of an adapter are: in the workspace, if they are found there under its name. */
  adapterPath(name: string, id: string): string {
    const config = [...this.folder.paths].find(
      (path) => path.endsWith('/adapter_config.json') && folderName(path) === name,
    );
    if (config !== undefined) return this.place(config.slice(0, config.lastIndexOf('/')));
    this.ledger.remind(
      `Put the weights of adapter ${id} into adapters/${id}, or change adapters.${id}.path: none were found.`,
    );
    return `adapters/${id}`;
  }

  /** A path of the workspace as aos.json has to name it. */
  place(path: string): string {
    return this.#relocate(path);
  }

  /** What aos.json is to hold; not checked as a whole. */
  toConfig(): Json {
    const name = at(this.#settings, 'name') ?? this.#nameOfFolder();
    return {
      name,
      ...this.#settings,
      ...(this.adapters.size > 0 ? { adapters: Object.fromEntries(this.adapters) } : {}),
      ...(this.servers.size > 0 ? { mcp_servers: Object.fromEntries(this.servers) } : {}),
      agents: this.agents,
    };
  }

  #nameOfFolder(): string {
    const { name } = this.folder;
    const id = new Ids().of(name);
    this.ledger.add({
      file: '.',
      field: 'name of the folder',
      outcome: name === id ? 'taken' : 'changed',
      to: 'name',
      note: idChange(name, id),
    });
    return id;
  }
}

const folderName = (path: string) => path.split('/').at(-2);

function at(json: Json, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Json | undefined)?.[key], json);
}

function put(json: Json, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<Json>((object, key) => {
    object[key] ??= {};
    return object[key] as Json;
  }, json);
  parent[last] = value;
}

function whyRefused(path: string, value: unknown): string | undefined {
  const config: Json = { name: 'any' };
  put(config, path, value);
  const issue = configSchema.safeParse(config).error?.issues[0];
  return issue && `cannot hold it: ${issue.message.toLowerCase()}`;
}
