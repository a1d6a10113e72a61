import * as vscode from 'vscode';
import type { z } from 'zod';
import {
  type AgentAction,
  type AgentActionResponse,
  type AgentView,
  type RegisterAgentResponse,
  registerAgentRequestSchema,
  type SendEventResponse,
  sendEventRequestSchema,
} from '../../runtime/contracts/http.ts';
import { idSchema } from '../../runtime/contracts/ids.ts';
import { eventTypeSchema } from '../../runtime/contracts/messages.ts';
import { messageOf } from '../client/runtime-error.ts';
import { t } from '../l10n.ts';
import { commands, settings } from '../manifest.ts';
import type { StudioRuntime } from '../runtimes/studio-runtime.ts';
import { setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import type { GroupBy } from '../views/agent-groups.ts';
import { askSteps } from './multi-step.ts';
import { answered } from './register.ts';
import { pickAgent, toAgentId } from './targets.ts';

const MESSAGE_MS = 5000;

/** The agent of a command's argument, or the one a person picks. */
export async function agentIdOf(studio: Studio, target: unknown): Promise<string> {
  return toAgentId(target) ?? answered(await pickAgent(studio.runtimeOf(target)));
}

/** Asks for id, purpose, adapter and lane, and registers the agent. With a preset (another extension, a test) it does not ask. */
export async function registerAgent(studio: Studio, preset: unknown): Promise<RegisterAgentResponse> {
  const client = await studio.client();
  const given = registerAgentRequestSchema.safeParse(preset);
  if (given.success) return client.registerAgent(given.data);
  const baseModel = t('base model');
  const [id, purpose, adapter, lane] = await askSteps(t('Register Agent'), [
    () => ({
      kind: 'text',
      prompt: t('Id of the agent'),
      placeholder: 'analyst',
      check: (value) => checkNewId(studio, value),
    }),
    () => ({
      kind: 'text',
      prompt: t('Its one lasting purpose'),
      placeholder: t('Watch our competitors and say what changes for us.'),
      check: (value) => problem(registerAgentRequestSchema.shape.purpose, value),
    }),
    () => ({ kind: 'pick', placeholder: t('Adapter it answers with'), items: adapterItems(studio, baseModel) }),
    () => ({
      kind: 'pick',
      placeholder: t('Lane'),
      items: [
        { label: 'normal', description: t('most agents') },
        { label: 'critical', description: t('a lane of its own, never behind the others') },
      ],
    }),
  ]);
  return client.registerAgent(
    registerAgentRequestSchema.parse({
      agent_id: id,
      purpose,
      priority: lane,
      ...(adapter === baseModel ? {} : { adapter_name: adapter }),
    }),
  );
}

function checkNewId(studio: Studio, value: string): string | undefined {
  if (studio.live.agents.has(value)) return t('There is an agent {0} already.', value);
  return problem(idSchema, value);
}

function adapterItems(studio: Studio, baseModel: string): vscode.QuickPickItem[] {
  const adapters = [...studio.live.adapters.values()].map(({ name, path }) => ({ label: name, description: path }));
  return [{ label: baseModel, description: t('no adapter') }, ...adapters];
}

/** Asks for type and data, and sends the event. With a preset it does not ask. */
export async function sendEvent(studio: Studio, target: unknown, preset: unknown): Promise<SendEventResponse> {
  const runtime = studio.runtimeOf(target);
  const client = await runtime.client();
  const agentId = await agentIdOf(studio, target);
  const given = sendEventRequestSchema.safeParse(preset);
  const event = given.success ? given.data : await askForEvent(runtime, agentId);
  const sent = await client.sendEvent(agentId, event);
  vscode.window.setStatusBarMessage(
    t('{0} is on its way to {1}, shard {2}.', event.type, agentId, sent.shard),
    MESSAGE_MS,
  );
  return sent;
}

async function askForEvent({ live }: StudioRuntime, agentId: string) {
  const types = live.agents.get(agentId)?.subscribes ?? [];
  const typeProblem = (value: string) => problem(eventTypeSchema, value);
  const [type, data] = await askSteps(t('Send Event to {0}', agentId), [
    () =>
      types.length > 0
        ? {
            kind: 'pick',
            placeholder: t('Type of the event; type another one if it is not here'),
            items: types.map((label) => ({ label })),
            other: true,
          }
        : { kind: 'text', prompt: t('Type of the event'), placeholder: 'DecisionRequested', check: typeProblem },
    () => ({
      kind: 'text',
      prompt: t('Data as JSON; may stay empty'),
      placeholder: '{"topic": "Q2"}',
      check: jsonProblem,
    }),
  ]);
  const wrongType = typeProblem(type ?? '');
  if (wrongType) throw new Error(t('The type of an event {0}.', wrongType));
  return sendEventRequestSchema.parse({ type, ...(data?.trim() ? { data: JSON.parse(data) } : {}) });
}

/** Starts, stops or restarts an agent. From the palette it asks which, of those that this would change. */
export async function turnAgent(studio: Studio, action: AgentAction, target: unknown): Promise<AgentActionResponse> {
  const runtime = studio.runtimeOf(target);
  const client = await runtime.client();
  const offers = ({ state }: AgentView) => action === 'restart' || (action === 'start') === (state === 'stopped');
  if (toAgentId(target) === undefined && ![...runtime.live.agents.values()].some(offers)) {
    throw new Error(action === 'start' ? t('No agent is stopped.') : t('No agent takes events now.'));
  }
  return client.turnAgent(toAgentId(target) ?? answered(await pickAgent(runtime, [], offers)), action);
}

/** Removes an agent that was registered while the runtime ran; one of aos.json is removed there, by hand. */
export async function removeAgent(studio: Studio, target: unknown): Promise<void> {
  const runtime = studio.runtimeOf(target);
  const client = await runtime.client();
  const agentId = await agentIdOf(studio, target);
  if (runtime.live.agents.get(agentId)?.origin === 'config') {
    await vscode.commands.executeCommand(commands.agentGoToDefinition, agentId);
    void vscode.window.showInformationMessage(
      t('{0} is defined in aos.json. Delete it there; the runtime follows.', agentId),
    );
    return;
  }
  const detail = t('It takes no events any more. What it wrote to the tables stays.');
  answered(
    await vscode.window.showWarningMessage(t('Remove agent {0}?', agentId), { modal: true, detail }, t('Remove')),
  );
  await client.removeAgent(agentId);
}

export async function copyAgentId(studio: Studio, target: unknown): Promise<void> {
  await vscode.env.clipboard.writeText(await agentIdOf(studio, target));
}

/** Chooses the groups of the Agents view. */
export async function chooseGroups(): Promise<void> {
  const current = setting(settings.agentsGroupBy);
  const choices: (vscode.QuickPickItem & { value: GroupBy })[] = [
    { label: t('Replica'), value: 'replica', detail: t('The process that holds the agent’s shard') },
    { label: t('Lane'), value: 'lane', detail: t('Critical or normal') },
    { label: t('Adapter'), value: 'adapter', detail: t('What it answers with') },
    { label: t('No Groups'), value: 'none' },
  ];
  const items = choices.map((choice) => ({ ...choice, description: choice.value === current ? t('current') : '' }));
  const chosen = answered(await vscode.window.showQuickPick(items, { title: t('Group Agents By') }));
  await vscode.workspace
    .getConfiguration('aos')
    .update(settings.agentsGroupBy, chosen.value, vscode.ConfigurationTarget.Global);
}

function problem(schema: z.ZodType, value: string): string | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : parsed.error.issues[0]?.message;
}

function jsonProblem(value: string): string | undefined {
  if (value.trim() === '') return undefined;
  try {
    JSON.parse(value);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
