import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../../..');

/** What a module loads before it runs: `import type` and `import()` do not count, nor a list of types only. */
function loadedBy(file: string): string[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  const imports = source.matchAll(/^(?:import|export)\s+(?!type\b)(?:([^'";]*?)\s+from\s+)?'([^']+)';/gm);
  return [...imports].filter(([, names]) => !isTypesOnly(names)).map(([, , specifier]) => specifier!);
}

function isTypesOnly(names: string | undefined): boolean {
  const listed = /^\{([^}]*)\}$/
    .exec(names?.trim() ?? '')?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return listed?.every((name) => name.startsWith('type ')) ?? false;
}

function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const walk = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const specifier of loadedBy(file)) {
      if (specifier.startsWith('.')) walk(path.join(path.dirname(file), specifier));
      else packages.add(specifier);
    }
  };
  walk(entry);
  expect(seen.size).toBeGreaterThan(20);
  expect(
    [...seen].some((file) => file.startsWith('runtime')),
    entry,
  ).toBe(true);
  return packages;
}

it('activation loads nothing but VS Code, Node and small modules of ours: all else waits until it is needed', () => {
  const packages = [...packagesOf('extension/extension.ts')].filter(
    (name) => name !== 'vscode' && !name.startsWith('node:'),
  );
  expect(packages).toEqual([]);
});
