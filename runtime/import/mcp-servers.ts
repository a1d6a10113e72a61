import type { Draft, McpServerInput } from './draft.ts';
import { idChange } from './ids.ts';
import type { SourceObject } from './ledger.ts';
import { openArguments, openUrl, variableOf, variablesOf } from './secrets.ts';

type StdioInput = Extract<McpServerInput, { type: 'stdio' }>;
type HttpInput = Extract<McpServerInput, { type: 'http' }>;

const LEFT = {
  tools: 'a server says itself which tools it has',
  resources: 'agents call tools; resources are not read',
  auto_start: 'a server is started when one of its tools is first called',
  max_retries: 'a failed call is not made again, since it may have had its effect',
};
const ROOT_LEFT = { version: 'it is the version of the format', inputs: 'secrets come from the environment' };
const MAX_TIMEOUT_SECONDS = 3600;

/** Reads an MCP registry, or an `mcp.json` as editors have it. */
export function importMcpServers(root: SourceObject, draft: Draft): void {
  for (const list of ['servers', 'mcpServers']) {
    for (const { key, object } of root.objects(list)) {
      const name = object.text('server_id') ?? key;
      const refusal = whyNot(object, name, draft);
      if (name === undefined || refusal !== undefined) object.leaveAll(refusal ?? 'it has no server_id');
      else importServer(object, name, draft);
    }
  }
  root.leaveRest(ROOT_LEFT);
}

function importServer(source: SourceObject, name: string, draft: Draft): void {
  const id = draft.serverIds.of(name);
  const place = `mcp_servers.${id}`;
  const server = typeOf(source) === 'stdio' ? stdioOf(source, place, draft) : httpOf(source, place, draft);
  draft.servers.set(id, { ...server, ...commonOf(source, place) });
  source.took('server_id', place, idChange(name, id));
  const alias = source.text('server_name');
  if (alias !== undefined) draft.serverIds.alias(alias, id);
  source.took('server_name', place, 'a server has one name; agents that use this one get its id');
  source.leaveRest(LEFT);
}

const typeOf = (source: SourceObject) =>
  source.text('server_type') ?? source.text('type') ?? (source.text('url') === undefined ? 'stdio' : 'http');

function whyNot(source: SourceObject, name: string | undefined, draft: Draft): string | undefined {
  const id = name === undefined ? undefined : draft.serverIds.known(name);
  if (id !== undefined && draft.servers.has(id)) return `MCP server ${id} has come from another entry`;
  const type = typeOf(source);
  if (type === 'stdio') return source.text('command') === undefined ? 'it has no command' : undefined;
  if (!['http', 'sse', 'streamable-http'].includes(type))
    return `servers of type ${type} are not spoken to: only stdio and streamable HTTP`;
  const url = openUrl(source.text('url') ?? '')?.url;
  return url?.startsWith('http') ? undefined : 'it has no http(s) URL';
}

function stdioOf(source: SourceObject, place: string, draft: Draft): StdioInput {
  source.took(source.text('server_type') === undefined ? 'type' : 'server_type', `${place}.type`);
  source.took('command', `${place}.command`);
  const { args, secrets } = openArguments(source.texts('args'));
  if (args.length > 0 || secrets.length > 0) source.took('args', `${place}.args`, changeOfArguments(args, secrets));
  if (secrets.length > 0)
    draft.ledger.remind(`Give the MCP server of ${place} its ${secrets.join(', ')} through "env".`);
  const cwd = source.text('cwd');
  source.took('cwd', `${place}.cwd`);
  return {
    type: 'stdio',
    command: source.text('command')!,
    ...(args.length > 0 ? { args } : {}),
    ...(cwd === undefined ? {} : { cwd: draft.place(cwd) }),
    ...referencesOf(source, 'env', place, draft),
  };
}

function changeOfArguments(args: string[], secrets: string[]): string | undefined {
  const changes = secrets.length > 0 ? [`without ${secrets.join(', ')}: secrets do not stand in arguments`] : [];
  const variables = args.flatMap(variablesOf);
  if (variables.length > 0) changes.push(`${variables.join(', ')} is not filled in: write the value`);
  return changes.length > 0 ? changes.join('; ') : undefined;
}

function httpOf(source: SourceObject, place: string, draft: Draft): HttpInput {
  const type = typeOf(source);
  const key = source.text('server_type') === undefined ? 'type' : 'server_type';
  source.took(
    key,
    `${place}.type`,
    type === 'sse' ? 'the server has to speak streamable HTTP: the older SSE is not spoken' : undefined,
  );
  const { url, hasSecrets } = openUrl(source.text('url')!)!;
  source.took('url', `${place}.url`, hasSecrets ? 'without the secret in it' : undefined);
  if (hasSecrets) draft.ledger.remind(`Give the MCP server of ${place} its secret through "headers".`);
  return { type: 'http', url, ...referencesOf(source, 'headers', place, draft) };
}

/** `env` or `headers`: names of variables take the place of values. */
function referencesOf<Key extends 'env' | 'headers'>(source: SourceObject, key: Key, place: string, draft: Draft) {
  const values = source.object(key);
  if (!values || values.keys.length === 0) return {};
  const references: Record<string, string> = {};
  for (const name of values.keys) {
    const value = values.get(name);
    const variable = typeof value === 'string' ? variableOf(value) : undefined;
    const to = `${place}.${key}.${name}`;
    if (!/^[A-Za-z_][\w-]*$/.test(name)) {
      values.left(name, 'it cannot be the name of a variable or a header');
      continue;
    }
    const reference =
      variable ?? (key === 'env' ? name : `${place.slice('mcp_servers.'.length)}_${name}`).replace(/\W/g, '_');
    references[name] = `env:${/^\d/.test(reference) ? '_' : ''}${reference}`;
    values.took(
      name,
      to,
      variable === undefined ? `its value is not taken over: it comes from ${reference} of the environment` : undefined,
    );
    draft.ledger.remind(`Set ${reference} in the environment: ${to} needs its whole value.`);
  }
  return { [key]: references } as Record<Key, Record<string, string>>;
}

function commonOf(source: SourceObject, place: string): Pick<McpServerInput, 'enabled' | 'timeout_seconds'> {
  const enabled = source.get('enabled');
  const seconds = source.get('timeout_seconds');
  const fits = typeof seconds === 'number' && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS;
  source.took('enabled', `${place}.enabled`);
  if (fits) source.took('timeout_seconds', `${place}.timeout_seconds`);
  return { ...(enabled === false ? { enabled } : {}), ...(fits ? { timeout_seconds: seconds } : {}) };
}
