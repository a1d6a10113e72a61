import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { importPythonAos } from '../../../../extension/supervisor/python-import.ts';
import { parseConfig } from '../../../../runtime/contracts/config-file.ts';

const cli = path.join(import.meta.dirname, '../../../../runtime/cli.ts');

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aos-python-'));
  out = path.join(folder, 'aos.json');
  await mkdir(path.join(folder, 'config'));
  const registry = { agents: [{ agent_id: 'cfo', purpose: 'Count', favourite_colour: 'blue' }] };
  await writeFile(path.join(folder, 'config/agent_registry.json'), JSON.stringify(registry));
});
afterEach(() => rm(folder, { recursive: true }));

const importInto = (overwrite: boolean, signal = AbortSignal.timeout(15_000)) =>
  importPythonAos({ cli, from: folder, out, overwrite, signal });

it('writes the aos.json, only if told to in the place of another, and gives what the command says of it', async () => {
  await writeFile(out, 'mine');
  await expect(importInto(false)).rejects.toThrow(`${out} exists. `);
  expect(await readFile(out, 'utf8')).toBe('mine');
  const report = await importInto(true);
  expect(parseConfig(await readFile(out, 'utf8'))).toMatchObject({ ok: true, config: { agents: [{ id: 'cfo' }] } });
  expect(report).toContain('aos.json: 1 agent, 0 adapters, 0 MCP servers\n');
  expect(report).toMatch(/Not taken over\n(?: .*\n)* {2}config\/agent_registry\.json agents\[0\]\.favourite_colour/);
});

it('ends the command when it is cancelled', async () => {
  const controller = new AbortController();
  const importing = importInto(false, controller.signal);
  controller.abort();
  await expect(importing).rejects.toMatchObject({ name: 'AbortError' });
});
