import { formatIssue, parseConfig } from '../contracts/config-file.ts';
import { AosError } from '../core/errors.ts';
import { importAdapters, importWeights } from './adapters.ts';
import { importAgents } from './agents.ts';
import { Draft } from './draft.ts';
import { importVariables } from './environment.ts';
import { type FieldReport, isObject, SourceObject } from './ledger.ts';
import { importMcpServers } from './mcp-servers.ts';
import { type Era, type Kind, type Recognised, recognise } from './recognise.ts';
import { importApps, importSettings } from './settings.ts';
import type { SourceFolder } from './source-folder.ts';

export interface ImportedWorkspace {
  /** The aos.json: JSON that `parseConfig` accepts. */
  text: string;
  counts: { agents: number; adapters: number; mcp_servers: number };
  /** What was read; files that are not AOS's are not named. */
  files: { file: string; kind: Kind; era?: Era }[];
  /** Every field of those files. */
  fields: FieldReport[];
  /** What a person has to do before it runs as before. */
  todo: string[];
}

type Variables = ReadonlyMap<string, string>;

/** What is read first says where things are; agents come last, since they name the others. */
const IMPORTERS: Record<Kind, (root: SourceObject, draft: Draft, variables: Variables) => void> = {
  environment: importVariables,
  functions: (root, draft) => {
    const values = root.object('Values');
    if (values) importVariables(values, draft);
    root.leaveRest();
  },
  settings: importSettings,
  apps: importApps,
  adapters: importAdapters,
  weights: importWeights,
  servers: importMcpServers,
  agents: importAgents,
};

/**
 * Makes an aos.json of a Python AOS workspace of any era. Values of secrets are not taken over, only the names of variables.
 * @param relocate says how aos.json has to name a path of the workspace; default: aos.json is written into it
 * @throws AosError AOS_NOT_FOUND if there is nothing of AOS in the folder
 */
export function importWorkspace(
  folder: SourceFolder,
  relocate: (path: string) => string = (path) => path,
): ImportedWorkspace {
  const draft = new Draft(folder, relocate);
  const found = recogniseAll(folder, draft);
  if (found.length === 0) {
    throw new AosError(
      'AOS_NOT_FOUND',
      `There is nothing of a Python AOS in ${folder.name}: no registry of agents, MCP servers, apps or adapters, no aos_config.json, and no environment file with its variables.`,
    );
  }
  const variables = variablesOf(found);
  for (const [kind, importKind] of Object.entries(IMPORTERS)) {
    for (const { file, root } of found.filter((candidate) => candidate.kind === kind)) {
      importKind(new SourceObject(draft.ledger, file.path, root), draft, variables);
    }
  }
  return {
    text: toText(draft),
    counts: { agents: draft.agents.length, adapters: draft.adapters.size, mcp_servers: draft.servers.size },
    files: found.map(({ file, kind, era }) => ({ file: file.path, kind, ...(era ? { era } : {}) })),
    fields: draft.ledger.fields,
    todo: draft.ledger.todo,
  };
}

function recogniseAll(folder: SourceFolder, draft: Draft): Recognised[] {
  return folder.files.flatMap((file) => {
    const recognition = recognise(file);
    if (recognition && 'problem' in recognition) {
      draft.ledger.add({ file: file.path, field: '', outcome: 'left', note: recognition.problem });
      return [];
    }
    return recognition ? [recognition] : [];
  });
}

/** What `${NAME}` in settings stands for. */
function variablesOf(found: readonly Recognised[]): Variables {
  const sources = found.flatMap(({ kind, root }) =>
    kind === 'environment' ? [root] : kind === 'functions' && isObject(root.Values) ? [root.Values] : [],
  );
  // The first file that sets a variable counts.
  return new Map(
    sources.reverse().flatMap((values) => Object.entries(values).map(([name, value]) => [name, String(value)])),
  );
}

function toText(draft: Draft): string {
  const text = `${JSON.stringify(draft.toConfig(), null, 2)}\n`;
  const parsed = parseConfig(text);
  if (parsed.ok) return text;
  throw new AosError(
    'AOS_INTERNAL',
    `The import made an aos.json that is not valid: ${formatIssue(parsed.issues[0]!)}`,
  );
}
