import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { z } from 'zod';
import { type AosConfig, configSchema } from './config.ts';

/** One thing wrong with aos.json, at a place one can click. */
export interface ConfigIssue {
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  /** Offsets into the text, for an editor's squiggle. */
  offset: number;
  length: number;
  /** `agents[2].adapter`; empty for the file as a whole. */
  path: string;
  /** What is expected there. */
  message: string;
}

export type ParsedConfig = { ok: true; config: AosConfig } | { ok: false; issues: ConfigIssue[] };

/** Parses and checks the text of an aos.json. Never throws: what is wrong comes back as issues, in the order of the file. */
export function parseConfig(text: string): ParsedConfig {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: false, disallowComments: true });
  if (errors.length > 0 || !tree) {
    const issues = errors.map((e) => issueAt(text, e.offset, e.length, '', `is not valid JSON: ${jsonError(e)}`));
    return {
      ok: false,
      issues: issues.length > 0 ? issues : [issueAt(text, 0, 0, '', 'is empty: expected a JSON object')],
    };
  }
  const result = configSchema.safeParse(toValue(tree));
  if (result.success) return { ok: true, config: result.data };
  const issues = result.error.issues.flatMap((issue) => toIssues(text, tree, issue));
  return { ok: false, issues: issues.sort((a, b) => a.offset - b.offset) };
}

/** `aos.json line 14: agents[0].adapter names adapter cep, which does not exist. Did you mean ceo?` */
export function formatIssue(issue: ConfigIssue, file = 'aos.json'): string {
  return `${file} line ${issue.line}: ${issue.path ? `${issue.path} ` : ''}${issue.message}`;
}

function toIssues(text: string, tree: Node, issue: z.core.$ZodIssue): ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const node = findNodeAtLocation(tree, [...segments(issue.path), key])?.parent?.children?.[0];
      const at = node ?? tree;
      return issueAt(text, at.offset, at.length, pathText([...issue.path, key]), 'is not a known property');
    });
  }
  const exact = findNodeAtLocation(tree, segments(issue.path));
  const at = exact ?? nearestNode(tree, segments(issue.path));
  return [issueAt(text, at.offset, at.length, pathText(issue.path), describe(issue, exact !== undefined))];
}

function describe(issue: z.core.$ZodIssue, present: boolean): string {
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_type' && !present) return `is missing: expected ${issue.expected}`;
  if (issue.code === 'invalid_type') return `must be ${issue.expected}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
  if (issue.code === 'too_small')
    return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters long' : ''}`;
  if (issue.code === 'too_big')
    return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().find((e) => e.code === 'invalid_format' || e.code === 'custom');
    return inner ? inner.message : 'has none of the allowed forms';
  }
  return issue.message;
}

const segments = (path: readonly PropertyKey[]) => path.map((part) => (typeof part === 'symbol' ? String(part) : part));

function nearestNode(tree: Node, path: (string | number)[]): Node {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node) return node;
  }
  return tree;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text ? `${text}.${String(part)}` : String(part);
  }, '');
}

function issueAt(text: string, offset: number, length: number, path: string, message: string): ConfigIssue {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before[before.length - 1]!.length + 1, offset, length, path, message };
}

function jsonError(error: ParseError): string {
  return printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}

function toValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(toValue);
  if (node.type !== 'object') return node.value;
  const entries = (node.children ?? []).map(({ children }) => [children![0]!.value as string, toValue(children![1]!)]);
  return Object.fromEntries(entries);
}
