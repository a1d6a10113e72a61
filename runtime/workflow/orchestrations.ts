import { type WorkflowDefinition, type WorkflowDefinitionInput, workflowSchema } from '../contracts/workflow.ts';
import { AosError } from '../core/errors.ts';

/**
 * Checks a workflow written in code, as aos.json is checked, and fills in the defaults.
 * @throws AosError AOS_CONFIG_INVALID naming the steps that cannot be
 */
export function defineWorkflow(workflow: WorkflowDefinitionInput): WorkflowDefinition {
  const parsed = workflowSchema.safeParse(workflow);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
  throw new AosError('AOS_CONFIG_INVALID', `The workflow cannot be used: ${problems.join('; ')}.`);
}

/** How agents are asked: by an event to the agent (`agent`), or by a prompt to its model (`infer`, the default). */
export type AskKind = 'agent' | 'infer';

export interface Orchestration {
  /** What it is all for; a template, e.g. `{{input.topic}}`. */
  task: string;
  kind?: AskKind;
}

/** All at the same time, on the same task; then one of them, or another, makes one answer of theirs. */
export interface Collaborative extends Orchestration {
  agents: readonly string[];
  /** Makes the one answer. None: the answers by agent are the result. */
  lead?: string;
}

export function collaborative({ agents, task, kind, lead }: Collaborative): WorkflowDefinition {
  const steps = agents.map((agent) => ask({ id: agent, agent, task, kind }));
  if (lead === undefined) return defineWorkflow({ steps });
  const conclusion = ask({
    id: `${lead}.conclusion`,
    agent: lead,
    kind,
    dependsOn: agents,
    task: conclude(task, agents),
  });
  return defineWorkflow({ steps: [...steps, conclusion] });
}

/** One after the other; each gets what the one before made of it. */
export interface Sequential extends Orchestration {
  agents: readonly string[];
}

export function sequential({ agents, task, kind }: Sequential): WorkflowDefinition {
  const steps = agents.map((agent, index) => {
    const before = agents[index - 1];
    if (before === undefined) return ask({ id: agent, agent, task, kind });
    const more = `${task}\n\n${before} has this so far:\n${resultOf(before)}\n\nTake it further.`;
    return ask({ id: agent, agent, task: more, kind, dependsOn: [before] });
  });
  return defineWorkflow({ steps });
}

/** A manager says what each worker has to do, the workers do it at the same time, the manager concludes. */
export interface Hierarchical extends Orchestration {
  manager: string;
  workers: readonly string[];
}

export function hierarchical({ manager, workers, task, kind }: Hierarchical): WorkflowDefinition {
  const plan = `${manager}.plan`;
  const planTask = `${task}\n\nSay in a few words what each of ${workers.join(', ')} has to contribute.`;
  return defineWorkflow({
    steps: [
      ask({ id: plan, agent: manager, task: planTask, kind }),
      ...workers.map((agent) => {
        const part = `${task}\n\n${manager} gave these instructions:\n${resultOf(plan)}\n\nDo the part of ${agent}.`;
        return ask({ id: agent, agent, task: part, kind, dependsOn: [plan] });
      }),
      ask({ id: `${manager}.conclusion`, agent: manager, kind, dependsOn: workers, task: conclude(task, workers) }),
    ],
  });
}

interface Ask {
  id: string;
  agent: string;
  task: string;
  kind: AskKind | undefined;
  dependsOn?: readonly string[];
}

function ask({ id, agent, task, kind = 'infer', dependsOn = [] }: Ask): WorkflowDefinitionInput['steps'][number] {
  const step = { id, agent, depends_on: [...dependsOn] };
  return kind === 'infer' ? { ...step, kind, prompt: task } : { ...step, kind, task };
}

const resultOf = (stepId: string) => `{{steps["${stepId}"].result}}`;

function conclude(task: string, agents: readonly string[]): string {
  const answers = agents.map((agent) => `${agent}:\n${resultOf(agent)}`).join('\n\n');
  return `${task}\n\nThis is what was contributed:\n\n${answers}\n\nMake one answer of it.`;
}
