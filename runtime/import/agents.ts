import { superimpose } from '../contracts/purpose.ts';
import type { AgentInput, Draft } from './draft.ts';
import { idChange } from './ids.ts';
import type { SourceObject } from './ledger.ts';

type LayerInput = NonNullable<AgentInput['layers']>[number];

/** Adapters of the layers that the agent classes of AOS bring, the general one first. */
const CLASS_LAYERS: Record<string, string[]> = {
  purpose_driven: [],
  perpetual: [],
  PurposeDrivenAgent: [],
  PerpetualAgent: [],
  leadership: ['leadership'],
  LeadershipAgent: ['leadership'],
  CMOAgent: ['leadership', 'marketing'],
};

const LEFT = {
  config: 'settings of its Python class: read them in its handler',
  domain_knowledge: 'it is no object',
  functions: 'write them as handlers',
  model: 'all agents share the base model of "model"',
  temperature: 'parameters are given with each prompt',
  top_p: 'parameters are given with each prompt',
  response_format: 'parameters are given with each prompt',
  tool_resources: 'tools come from MCP servers',
  foundry_agent_id: 'the agent runs here, not in Azure AI Foundry',
  managed_by: 'the agent runs here, not in Azure AI Foundry',
};
const KNOWLEDGE_LEFT = {
  training_data_path: 'adapters are trained elsewhere',
  adapter_config: 'it stands in the adapter_config.json of the trained adapter',
};
const MAX_PURPOSE = 4000;

/** Reads an agent registry of any era. */
export function importAgents(root: SourceObject, draft: Draft): void {
  for (const { key, object } of root.objects('agents')) {
    const name = object.text('agent_id') ?? key;
    const purpose = object.text('purpose');
    if (name === undefined) object.leaveAll('it has no agent_id');
    else if (purpose === undefined) object.leaveAll(`agent ${name} has no purpose`);
    else if (draft.agentIds.known(name) !== undefined) object.leaveAll(`agent ${name} has come from another entry`);
    else importAgent(object, name, purpose, draft);
  }
  root.leaveRest({ version: 'it is the version of the format' });
}

function importAgent(source: SourceObject, name: string, purpose: string, draft: Draft): void {
  const id = draft.agentIds.of(name);
  const place = `agents[${draft.agents.length}]`;
  source.took('agent_id', `${place}.id`, idChange(name, id));
  source.took(
    'purpose',
    `${place}.purpose`,
    purpose.length > MAX_PURPOSE ? `cut to ${MAX_PURPOSE} characters` : undefined,
  );
  draft.agents.push({
    id,
    purpose: purpose.slice(0, MAX_PURPOSE),
    ...textOf(source, 'purpose_scope', place, 4000),
    ...criteriaOf(source, place),
    ...goalsOf(source, place),
    ...textOf(source, 'system_message', place, 16_000),
    ...expertiseOf(source, place, draft),
    ...priorityOf(source, place),
    ...toolsOf(source, place, draft),
    ...enabledOf(source, place),
  });
  source.leaveRest(LEFT);
}

function textOf<Key extends 'purpose_scope' | 'system_message'>(
  source: SourceObject,
  key: Key,
  place: string,
  max: number,
) {
  const text = source.text(key);
  if (text === undefined) return {};
  source.took(key, `${place}.${key}`, text.length > max ? `cut to ${max} characters` : undefined);
  return { [key]: text.slice(0, max) } as Record<Key, string>;
}

function criteriaOf(source: SourceObject, place: string): Pick<AgentInput, 'success_criteria'> {
  const criteria = source.texts('success_criteria');
  if (criteria.length === 0) return {};
  source.took(
    'success_criteria',
    `${place}.success_criteria`,
    criteria.length > 50 ? 'the first 50 of them' : undefined,
  );
  return { success_criteria: criteria.slice(0, 50) };
}

/** AOS names goals goal_1, goal_2, …; here they are texts, or objects with a description. */
function goalsOf(source: SourceObject, place: string): Pick<AgentInput, 'goals'> {
  const value = source.get('goals');
  const texts = (Array.isArray(value) ? value : []).flatMap((goal: unknown) => {
    const text =
      typeof goal === 'string' ? goal : (goal as { description?: unknown; goal?: unknown } | null)?.description;
    return typeof text === 'string' && text.trim() !== '' ? [text.trim().slice(0, 1000)] : [];
  });
  if (texts.length === 0) return {};
  source.took('goals', `${place}.goals`, 'their texts; progress starts anew');
  return { goals: texts.slice(0, 50).map((description, index) => ({ id: `goal_${index + 1}`, description })) };
}

/** Adapter and layers: what the class brings at the bottom, the agent's own adapter and skills on top. */
function expertiseOf(source: SourceObject, place: string, draft: Draft): Pick<AgentInput, 'adapter' | 'layers'> {
  const layers: LayerInput[] = classLayers(source, place).map((name) => ({ adapter: draft.adapter(name) }));
  const own = ownAdapter(source, place, draft);
  if (own !== undefined && layers.at(-1)?.adapter !== own) layers.push({ adapter: own });
  const skills = source.texts('capabilities');
  if (skills.length > 0) {
    const top = layers.pop();
    layers.push({ ...top, skills });
    source.took('capabilities', `${place}.layers[${layers.length - 1}].skills`);
  }
  const { adapter } = superimpose(layers.map((layer) => ({ context: {}, skills: [], ...layer })));
  return {
    ...(adapter === undefined ? {} : { adapter }),
    ...(layers.length > 1 || skills.length > 0 ? { layers } : {}),
  };
}

function classLayers(source: SourceObject, place: string): string[] {
  const type = source.text('agent_type');
  if (type === undefined) return [];
  const adapters = Object.hasOwn(CLASS_LAYERS, type) ? CLASS_LAYERS[type]! : undefined;
  if (adapters === undefined)
    source.left('agent_type', `the code of ${type} is not taken over: write it as "handler" of ${place}`);
  else if (adapters.length > 0) source.took('agent_type', place, `it brings the adapter ${adapters.join(', then ')}`);
  else source.took('agent_type', place, 'every agent is purpose-driven and perpetual');
  return adapters ?? [];
}

function ownAdapter(source: SourceObject, place: string, draft: Draft): string | undefined {
  const knowledge = source.object('domain_knowledge');
  const domain = knowledge?.text('domain');
  const name = source.text('adapter_name') ?? domain;
  const id = name === undefined ? undefined : draft.adapter(name);
  if (name !== undefined && id !== undefined) {
    source.took('adapter_name', `${place}.adapter`, idChange(name, id));
    if (name === domain) knowledge?.took('domain', `${place}.adapter`, idChange(name, id));
  }
  knowledge?.leaveRest(KNOWLEDGE_LEFT);
  return id;
}

function priorityOf(source: SourceObject, place: string): Pick<AgentInput, 'priority'> {
  const priority = source.get('priority');
  if (priority === undefined || priority === null) return {};
  const critical = priority === 'critical' || priority === 4;
  const plain = critical || priority === 'normal';
  source.took('priority', `${place}.priority`, plain ? undefined : 'there are two lanes, critical and normal');
  return critical ? { priority: 'critical' } : {};
}

function toolsOf(source: SourceObject, place: string, draft: Draft): Pick<AgentInput, 'tools'> {
  const tools = new Set<string>();
  for (const { object } of source.objects('mcp_tools')) {
    const server = object.text('server_name');
    const tool = object.text('tool_name');
    const id = server === undefined ? undefined : draft.serverIds.known(server);
    if (server === undefined || tool === undefined) object.leaveAll('it names no server and tool');
    else if (id === undefined || !draft.servers.has(id))
      object.leaveAll(`MCP server ${server} is in no registry, or was left`);
    else if (!/^[\w./-]+$/.test(tool)) object.leaveAll('its name is not one that MCP allows');
    else {
      tools.add(`${id}/${tool}`);
      object.took('server_name', `${place}.tools`, idChange(server, id));
      object.took('tool_name', `${place}.tools`);
      object.leaveRest({ configuration: 'give it as arguments of each call' });
    }
  }
  for (const { object } of source.objects('tools')) object.leaveAll('tools come from MCP servers');
  return tools.size > 0 ? { tools: [...tools] } : {};
}

function enabledOf(source: SourceObject, place: string): Pick<AgentInput, 'enabled'> {
  source.took('enabled', `${place}.enabled`);
  return source.get('enabled') === false ? { enabled: false } : {};
}
