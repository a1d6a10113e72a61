import type { AdapterInput, Draft } from './draft.ts';
import { idChange } from './ids.ts';
import type { SourceObject } from './ledger.ts';

const LEFT = {
  version: 'the runtime tells versions apart by the weights',
  principles: 'write them into "system_message" of the agents with this adapter',
  endpoint_name: 'all adapters share the one endpoint of "model"',
  base_model_version: 'all adapters share the base model of "model"',
};

/** Reads an adapter registry: `{adapters: [{role, legend, …}]}` of 2025, or records with `adapter_id`. */
export function importAdapters(root: SourceObject, draft: Draft): void {
  for (const { key: named, object } of root.objects('adapters')) {
    // Agents name an adapter by its persona or role where it has one.
    const key = ['persona_type', 'agent_role', 'role', 'adapter_id'].find(
      (candidate) => object.text(candidate) !== undefined,
    );
    const name = key === undefined ? named : object.text(key);
    if (name === undefined) {
      object.leaveAll('it has neither a role nor an id');
      continue;
    }
    const id = draft.adapterIds.of(name);
    if (draft.adapters.has(id)) {
      object.leaveAll(`adapter ${id} has come from another entry`);
      continue;
    }
    if (key !== undefined) object.took(key, `adapters.${id}`, idChange(name, id));
    draft.adapters.set(id, { ...whereOf(object, name, id, draft), ...descriptionOf(object, id) });
    const alias = object.text('adapter_id');
    if (alias !== undefined && key !== 'adapter_id') {
      draft.adapterIds.alias(alias, id);
      object.took('adapter_id', `adapters.${id}`, `agents that name ${alias} get ${id}`);
    }
    object.leaveRest(LEFT);
  }
  root.leaveRest({ version: 'it is the version of the format' });
}

/** Takes an adapter that lies in the workspace: a folder with `adapter_config.json`. */
export function importWeights(root: SourceObject, draft: Draft): void {
  const folder = root.file.slice(0, Math.max(0, root.file.lastIndexOf('/')));
  const name = folder.slice(folder.lastIndexOf('/') + 1) || draft.folder.name;
  const id = draft.adapterIds.of(name);
  if (!draft.adapters.has(id)) draft.adapters.set(id, { path: draft.place(folder || '.') });
  const base = root.text('base_model_name_or_path');
  if (base !== undefined) draft.set(root, 'base_model_name_or_path', 'model.base', base);
  for (const key of root.keys) {
    if (key !== 'base_model_name_or_path') root.took(key, `adapters.${id}.path`);
  }
}

function whereOf(object: SourceObject, name: string, id: string, draft: Draft): AdapterInput {
  const path = object.text('adapter_path');
  const to = `adapters.${id}.path`;
  if (path === undefined) return { path: draft.adapterPath(name, id) };
  if (path.startsWith('s3://')) {
    object.took('adapter_path', to);
    return { path, source: 's3' };
  }
  if (object.text('adapter_source') === 'huggingface') {
    object.took('adapter_path', to);
    object.took('adapter_source', `adapters.${id}.source`, '"hub" is its name here');
    return { path, source: 'hub' };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path) || object.text('adapter_source') === 'azure_blob') {
    object.left('adapter_path', 'adapters are loaded from a folder, from S3 or from the Hub');
    return { path: draft.adapterPath(name, id) };
  }
  const found = inWorkspace(path, object.file, draft);
  if (found === undefined)
    draft.ledger.remind(`Check adapters.${id}.path: ${path} is not in the workspace that was read.`);
  const placed = found === undefined ? path : draft.place(found);
  object.took('adapter_path', to, placed === path ? undefined : 'it is relative to aos.json now');
  return { path: placed };
}

/** A path in the source is relative to the file that names it, or to the workspace. */
function inWorkspace(path: string, file: string, draft: Draft): string | undefined {
  const plain = path.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/+$/, '');
  const beside = file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/${plain}` : plain;
  return [plain, beside].find((candidate) =>
    [...draft.folder.paths].some((known) => known === candidate || known.startsWith(`${candidate}/`)),
  );
}

function descriptionOf(object: SourceObject, id: string): Pick<AdapterInput, 'description'> {
  const to = `adapters.${id}.description`;
  const description = object.text('description');
  if (description !== undefined) {
    object.took('description', to);
    return { description };
  }
  const legend = object.text('legend');
  if (legend === undefined) return {};
  object.took('legend', to);
  return { description: `In the manner of ${legend}` };
}
