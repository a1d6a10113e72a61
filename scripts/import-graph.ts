/** `node scripts/import-graph.ts`: wrong arrows between folders, circles between files, files that hold too much. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { importsOf } from './checks/imports-of.ts';
import { wrongArrow } from './checks/layers.ts';

const FOLDERS = ['runtime', 'extension', 'webview', 'test', 'examples', 'scripts'];
const SOURCE = /\.(ts|tsx|mts|mjs|cjs|js)$/;
const MAX_LINES = 400;

/** Imports by file: paths from the root, with slashes; packages by name. */
type Graph = Map<string, { to: string; line: number }[]>;

/**
 * Walks all imports below a repository's folder.
 * @returns one line per fault, `file:line: what`; empty: all is well
 */
export function checkImports(root: string): string[] {
  const faults: string[] = [];
  const graph: Graph = new Map();
  for (const file of sourceFiles(root)) {
    const text = readFileSync(path.join(root, file), 'utf8');
    const lines = text.split('\n').length - 1;
    if (lines > MAX_LINES) faults.push(`${file}: ${lines} lines, more than ${MAX_LINES}: one concept a file`);
    const imports = importsOf(text).map(({ specifier, line }) => ({ to: target(file, specifier), line }));
    graph.set(file, imports);
    for (const { to, line } of imports) {
      const wrong = wrongArrow(file, to);
      if (wrong) faults.push(`${file}:${line}: imports ${to}: ${wrong}`);
    }
  }
  for (const circle of circles(graph)) faults.push(`circle: ${circle.join(' → ')}`);
  return faults;
}

function sourceFiles(root: string): string[] {
  return FOLDERS.filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/')),
    )
    .filter((file) => !/(^|\/)(node_modules|dist|\.[^/]+)\//.test(file))
    .sort();
}

/** The imported file, seen from the root. */
function target(file: string, specifier: string): string {
  if (specifier === 'aos-studio') return 'runtime/index.ts';
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
}

/** One circle per group of files that reach each other: depth first, a file still on the path closes a circle. */
function circles(graph: Graph): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): void => {
    const before = way.indexOf(file);
    if (before >= 0) found.push([...way.slice(before), file]);
    if (before >= 0 || done.has(file)) return;
    way.push(file);
    for (const { to } of graph.get(file) ?? []) if (graph.has(to)) visit(to);
    way.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}

if (import.meta.main) {
  const faults = checkImports(path.join(import.meta.dirname, '..'));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
