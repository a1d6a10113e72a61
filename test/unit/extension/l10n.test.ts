import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setTranslate, t, untranslated } from '../../../extension/l10n.ts';

const root = path.join(import.meta.dirname, '../../..');

/** The first argument of each call of `t` in a source. */
function textsIn(source: string): string[] {
  const calls = source.matchAll(/\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g);
  return [...calls].map((match) => (match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1'));
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(path.join(root, folder, name), 'utf8'));
}

describe('l10n/bundle.l10n.json', () => {
  it('has the texts of extension/ and webview/ (write it with: vitest run test/unit/extension/l10n.test.ts -u)', async () => {
    const texts = new Set([...sourcesBelow('extension'), ...sourcesBelow('webview')].flatMap(textsIn));
    const bundle = Object.fromEntries([...texts].sort().map((text) => [text, text]));
    await expect(`${JSON.stringify(bundle, undefined, 2)}\n`).toMatchFileSnapshot('../../../l10n/bundle.l10n.json');
  });
});

describe('t', () => {
  it('fills in its arguments, and leaves a placeholder without one', () => {
    expect(t('{0} on {1}, {2}', 'ceo', 1)).toBe('ceo on 1, {2}');
  });

  it('translates with what VS Code gives', () => {
    const before = t;
    onTestFinished(() => setTranslate(untranslated));
    setTranslate((message, ...args) => `${message.toUpperCase()} ${args.join()}`);
    expect(before('ask {0}', 'ceo')).toBe('ASK {0} ceo');
  });
});
