import { parseTemplate } from './placeholders.ts';

/** What of a workflow is checked; the schema has seen to the rest. */
interface CheckedWorkflow {
  steps: readonly CheckedStep[];
  output?: string | undefined;
}

interface CheckedStep {
  id: string;
  kind: string;
  depends_on: readonly string[];
  compensate?: object | undefined;
}

type Path = (string | number)[];

export interface WorkflowIssue {
  path: Path;
  /** Reads on after the path: "names step x, which …". */
  message: string;
}

/** Properties of a step, a task and a fan-out that hold templates. */
const TEMPLATES = ['task', 'prompt', 'data', 'correlation', 'until', 'items', 'message'];

/** Step ids that are used twice or unknown, circles, and placeholders that can never have a value. */
export function checkWorkflow(workflow: CheckedWorkflow): WorkflowIssue[] {
  const graph = checkGraph(workflow.steps);
  return graph.length > 0 ? graph : checkTemplates(workflow);
}

function checkGraph(steps: readonly CheckedStep[]): WorkflowIssue[] {
  const issues: WorkflowIssue[] = [];
  const byId = new Map<string, CheckedStep>();
  for (const [index, step] of steps.entries()) {
    if (byId.has(step.id)) {
      issues.push({ path: ['steps', index, 'id'], message: `is used twice: there is a step ${step.id} already` });
    }
    byId.set(step.id, step);
  }
  for (const [index, step] of steps.entries()) {
    for (const [position, id] of step.depends_on.entries()) {
      if (byId.has(id)) continue;
      issues.push({
        path: ['steps', index, 'depends_on', position],
        message: `names step ${id}, which does not exist. The steps are ${[...byId.keys()].join(', ')}`,
      });
    }
  }
  const cycle = issues.length === 0 && findCycle(byId);
  if (cycle) {
    const index = steps.findIndex((step) => step.id === cycle[0]);
    const message = `makes a circle in which every step waits for the next: ${cycle.join(' → ')}. Take one of these dependencies out`;
    issues.push({ path: ['steps', index, 'depends_on'], message });
  }
  return issues;
}

/** @returns `[a, b, a]` where a depends on b and b on a */
function findCycle(steps: ReadonlyMap<string, CheckedStep>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): string[] | undefined => {
    const at = path.indexOf(id);
    if (at >= 0) return [...path.slice(at), id];
    if (done.has(id)) return undefined;
    path.push(id);
    for (const next of steps.get(id)!.depends_on) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(id);
    return undefined;
  };
  for (const id of steps.keys()) {
    const cycle = visit(id);
    if (cycle) return cycle;
  }
  return undefined;
}

function checkTemplates({ steps, output }: CheckedWorkflow): WorkflowIssue[] {
  const before = ancestors(steps);
  const issues = steps.flatMap((step, index) => {
    const earlier = before.get(step.id)!;
    const own = fieldsOf(step).flatMap(([name, value]) =>
      checkValue(value, ['steps', index, name], { steps: earlier, item: false }),
    );
    const nested = [
      ['step', { steps: earlier, item: true }],
      ['compensate', { steps: new Set([...earlier, step.id]), item: false }],
    ] as const;
    return own.concat(
      nested.flatMap(([part, known]) =>
        fieldsOf((step as unknown as Record<string, object | undefined>)[part]).flatMap(([name, value]) =>
          checkValue(value, ['steps', index, part, name], known),
        ),
      ),
    );
  });
  const all = new Set(steps.map((step) => step.id));
  return issues.concat(checkValue(output, ['output'], { steps: all, item: false }));
}

const fieldsOf = (holder: object | undefined) =>
  Object.entries(holder ?? {}).filter(([name]) => TEMPLATES.includes(name));

/** All steps that are completed for sure when a step begins, by its id. */
function ancestors(steps: readonly CheckedStep[]): Map<string, Set<string>> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const found = new Map<string, Set<string>>();
  const visit = (id: string): Set<string> => {
    let known = found.get(id);
    if (!known) {
      known = new Set(byId.get(id)!.depends_on.flatMap((next) => [next, ...visit(next)]));
      found.set(id, known);
    }
    return known;
  };
  for (const { id } of steps) visit(id);
  return found;
}

interface Known {
  steps: ReadonlySet<string>;
  item: boolean;
}

function checkValue(value: unknown, path: Path, known: Known): WorkflowIssue[] {
  if (typeof value === 'string') {
    const message = problemOf(value, known);
    return message === undefined ? [] : [{ path, message }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    checkValue(inner, [...path, Array.isArray(value) ? Number(key) : key], known),
  );
}

function problemOf(text: string, known: Known): string | undefined {
  try {
    for (const part of parseTemplate(text)) {
      const problem = typeof part === 'string' ? undefined : problemOfPath(part, known);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function problemOfPath([root, step, field]: readonly string[], known: Known): string | undefined {
  if (root === 'input' || root === 'run') return undefined;
  if (root === 'item' || root === 'index') {
    return known.item ? undefined : `uses {{${root}}}, which only the step of a fan-out has`;
  }
  if (root !== 'steps') return `uses {{${root}}}; there are input, steps, run, and in a fan-out item and index`;
  if (step === undefined || field !== 'result') return 'names a step without its result: write {{steps.<id>.result}}';
  if (known.steps.has(step)) return undefined;
  return `uses the result of step ${step}, which need not be there yet: this step does not depend on it`;
}
