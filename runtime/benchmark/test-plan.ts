import { isNode, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { type Criterion, type TestPlan, testPlanSchema } from '../contracts/load-test.ts';
import { AosError } from '../core/errors.ts';
import { parseCriterion } from './criteria.ts';

/** One thing wrong with a plan, at a place one can click; line and column from 1. */
export interface PlanIssue {
  line: number;
  column: number;
  /** `testPlan[0].threads`; empty for the file as a whole. */
  path: string;
  message: string;
}

/**
 * Reads the guide's test-plan.yaml.
 * @param file its name, for messages
 * @throws AosError AOS_CONFIG_INVALID: file, line, column, what is wrong and what is allowed; all of it in `details.issues`
 */
export function parseTestPlan(text: string, file = 'test-plan.yaml'): TestPlan {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const atPath = (path: readonly PropertyKey[], message: string): PlanIssue => ({
    ...at(nearestNode(document, path)?.range[0] ?? 0),
    path: pathText(path),
    message,
  });
  if (document.errors.length > 0) {
    const issues = document.errors.map(({ pos, message }) => ({
      ...at(pos[0]),
      path: '',
      message: `is no valid YAML: ${message}`,
    }));
    throw refused(file, issues);
  }
  const parsed = testPlanSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => atPath([...issue.path, key], 'is not a known property'))
        : [atPath(issue.path, issue.message)],
    );
    throw refused(file, issues);
  }
  const criteria: Criterion[] = [];
  const issues: PlanIssue[] = [];
  parsed.data.successCriteria.forEach((line, index) => {
    const result = parseCriterion(line);
    if (result.ok) criteria.push(result.criterion);
    else issues.push(atPath(['successCriteria', index], result.message));
  });
  if (issues.length > 0) throw refused(file, issues);
  return { name: parsed.data.testName, items: parsed.data.testPlan, criteria };
}

/** The request number, which `${__counter}` stands for. */
export const COUNTER = `\${__counter}`;

export const expandCounter = (text: string, counter: number): string => text.replaceAll(COUNTER, String(counter));

/** The node at a path, or the last one on the way that is there: something missing is shown where it belongs. */
function nearestNode(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): ParsedNode | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node as ParsedNode;
  }
  return undefined;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text ? `${text}.${String(part)}` : String(part);
  }, '');
}

function refused(file: string, issues: readonly PlanIssue[]): AosError {
  const sorted = [...issues].sort((a, b) => a.line - b.line || a.column - b.column);
  const { line, column, path, message } = sorted[0]!;
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : '';
  const place = `${file} line ${line}, column ${column}`;
  return new AosError('AOS_CONFIG_INVALID', `${place}: ${path ? `${path}: ` : ''}${message}${more}`, {
    details: { file, issues: sorted },
  });
}
