import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { importsOf } from '../../../scripts/checks/imports-of.ts';
import { checkImports } from '../../../scripts/import-graph.ts';

/** A repository of the given files. */
function faultsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'aos-graph-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return checkImports(root);
}

describe('the import graph', () => {
  it('lets arrows point down', () => {
    expect(
      faultsOf({
        'runtime/contracts/ids.ts': '',
        'runtime/agents/manager.ts': "import type { Id } from '../contracts/ids.ts';",
        'extension/tree.ts': "import * as vscode from 'vscode'; import { id } from '../runtime/contracts/ids.ts';",
        'runtime/main.ts': "await import('./cloud/index.ts');",
        'runtime/cloud/index.ts': '',
      }),
    ).toEqual([]);
  });

  it.each([
    ['runtime/contracts/ids.ts', "import { x } from '../core/clock.ts';", 'runtime/core/clock.ts'],
    ['runtime/agents/a.ts', "const { y } = await import('../server/runtime.ts');", 'runtime/server/runtime.ts'],
    ['runtime/server/s.ts', "import { z } from '../cloud/index.ts';", 'only main.ts and cli.ts import cloud/'],
    ['runtime/agents/a.ts', "export * from '../../extension/x.ts';", 'runtime/ stands alone'],
    ['webview/ask/main.ts', "import { b } from '../../runtime/core/ids.ts';", 'runtime/core/ids.ts'],
    ['webview/ask/main.ts', "import fs from 'node:fs';", 'a webview runs in a browser'],
    ['runtime/agents/a.ts', "import * as vscode from 'vscode';", 'is for extension/'],
    ['webview/ask/main.ts', "import { provide } from '@vscode/webview-ui-toolkit';", 'is for webview/ui/'],
    ['extension/x.ts', "type Runtime = import('../runtime/server/runtime.ts').Runtime;", 'runtime/server/runtime.ts'],
  ])('catches a wrong arrow: %s with %s', (file, text, told) => {
    const [fault, ...others] = faultsOf({ [file]: text });
    expect(others).toEqual([]);
    expect(fault).toContain(`${file}:1`);
    expect(fault).toContain(told);
  });

  it('catches a circle, and names its files', () => {
    const faults = faultsOf({
      'runtime/core/a.ts': "import './b.ts';",
      'runtime/core/b.ts': "import './c.ts';",
      'runtime/core/c.ts': "import './a.ts';",
    });
    expect(faults).toEqual(['circle: runtime/core/a.ts → runtime/core/b.ts → runtime/core/c.ts → runtime/core/a.ts']);
  });

  it('catches a file of more than 400 lines', () => {
    expect(faultsOf({ 'runtime/core/long.ts': '\n'.repeat(401) })).toEqual([expect.stringContaining('401 lines')]);
  });
});

describe('importsOf', () => {
  it('takes neither comments nor strings for imports', () => {
    const text = [
      "// import a from 'a'",
      "const s = \"import b from 'b'\"; const t = `import('c')`;",
      "import d from 'd';",
      "const r = /import 'e'/; object.import('f');",
      ['const u = `$', '{await import("g")}`;'].join(''),
    ].join('\n');
    expect(importsOf(text)).toEqual([
      { specifier: 'd', line: 3 },
      { specifier: 'g', line: 5 },
    ]);
  });
});
