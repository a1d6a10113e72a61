import { parseEnv } from 'node:util';
import { type ParseError, parse } from 'jsonc-parser';
import { isOfAos } from './environment.ts';
import { isObject } from './ledger.ts';
import type { SourceFile } from './source-folder.ts';

/** The eras of the Python AOS. */
export const eras = {
  E0: 'AOS of 2025',
  E1: 'monolith v3',
  E2: 'plug-and-play Functions',
  E3: 'Foundry and dispatcher',
} as const;
export type Era = keyof typeof eras;

export const kinds = {
  agents: 'agent registry',
  servers: 'MCP server registry',
  apps: 'app registry',
  adapters: 'adapter registry',
  settings: 'settings',
  functions: 'settings of Azure Functions',
  weights: 'LoRA adapter',
  environment: 'environment variables',
} as const;
export type Kind = keyof typeof kinds;

/** A file of a Python AOS workspace. */
export interface Recognised {
  file: SourceFile;
  kind: Kind;
  /** undefined: it was the same in several eras. */
  era: Era | undefined;
  /** Its content; a list at the top is under the key that it has in other variants. */
  root: Record<string, unknown>;
}

export type Recognition = Recognised | { file: SourceFile; problem: string } | undefined;

/** Files that are AOS's by their names, so that broken ones are worth a word. */
const KNOWN_NAMES =
  /^(agent_registry|mcp_server_registry|app_registry|aos_config|production_config|adapters|local\.settings)\.json$/;
const SECTIONS = ['orchestrator', 'storage', 'messaging', 'ml', 'azure', 'reliability', 'observability'];

/**
 * Says what a file is by its shape, since the registries' names and places can be chosen.
 * @returns undefined if it is none of AOS's
 */
export function recognise(file: SourceFile): Recognition {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (!name.endsWith('.json')) {
    const root = parseEnv(file.text);
    return isOfAos(root) ? { file, kind: 'environment', era: undefined, root } : undefined;
  }
  const errors: ParseError[] = [];
  const json: unknown = parse(file.text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  if (errors.length > 0) {
    return KNOWN_NAMES.test(name)
      ? { file, problem: `it is not valid JSON (at character ${errors[0]!.offset})` }
      : undefined;
  }
  const root = Array.isArray(json) ? rootOfList(json) : json;
  if (!isObject(root)) return undefined;
  const kind = kindOf(root, name);
  return kind && { file, ...kind, root };
}

/** Some variants are a list without an object around it. */
function rootOfList(list: unknown[]): Record<string, unknown> | undefined {
  const [first] = list;
  if (!isObject(first)) return undefined;
  if ('server_id' in first) return { servers: list };
  if ('app_id' in first) return { apps: list };
  if ('adapter_id' in first || 'endpoint_name' in first) return { adapters: list };
  return 'agent_id' in first ? { agents: list } : undefined;
}

function kindOf(root: Record<string, unknown>, name: string): Pick<Recognised, 'kind' | 'era'> | undefined {
  const some = (key: string, ...fields: string[]) => {
    const value = root[key];
    const items = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    return items.some((item) => isObject(item) && fields.some((field) => field in item));
  };
  if ('peft_type' in root) return { kind: 'weights', era: undefined };
  if (name === 'local.settings.json' && isObject(root.Values) && isOfAos(root.Values))
    return { kind: 'functions', era: undefined };
  if (some('agents', 'domain_knowledge', 'mcp_tools')) return { kind: 'agents', era: 'E2' };
  if (some('agents', 'agent_id')) return { kind: 'agents', era: 'E3' };
  if (isObject(root.agents) && some('agents', 'purpose', 'capabilities', 'functions'))
    return { kind: 'agents', era: 'E1' };
  if (
    some('servers', 'server_id') ||
    (name === 'mcp.json' && (some('servers', 'command', 'url') || some('mcpServers', 'command', 'url')))
  ) {
    return { kind: 'servers', era: name === 'mcp.json' ? undefined : 'E2' };
  }
  if (some('apps', 'app_id')) return { kind: 'apps', era: 'E2' };
  if (some('adapters', 'endpoint_name', 'legend')) return { kind: 'adapters', era: 'E0' };
  if (some('adapters', 'persona_type')) return { kind: 'adapters', era: 'E3' };
  if (some('adapters', 'agent_role', 'adapter_path')) return { kind: 'adapters', era: 'E1' };
  if (SECTIONS.filter((section) => isObject(root[section])).length >= 2) return { kind: 'settings', era: 'E1' };
  return undefined;
}
