import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { layOutImage } from '../../../scripts/image-tree.mjs';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aos-tree-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it('lays nothing out over files that are there, nor around a folder that is no workspace', async () => {
  const to = await temporaryFolder();
  const workspace = path.join(to, 'workspace');
  await mkdir(workspace);
  await expect(layOutImage({ to })).rejects.toThrow(`${to} is not empty.`);
  await expect(layOutImage({ to: path.join(to, 'app'), workspace })).rejects.toThrow(`${workspace} has no aos.json.`);
});

// It builds the bundle if that is out of date.
it('holds the bundle and the workspace, without what is its developer’s alone', async () => {
  const folder = await temporaryFolder();
  const [to, workspace] = [path.join(folder, 'app'), path.join(folder, 'workspace')];
  for (const part of ['.aos', '.git', '.vscode', 'agents']) {
    await mkdir(path.join(workspace, part), { recursive: true });
    await writeFile(path.join(workspace, part, 'file'), '');
  }
  await writeFile(path.join(workspace, 'aos.json'), '{"name":"w"}');
  await writeFile(path.join(workspace, '.env'), 'CRM_KEY=secret');
  await layOutImage({ to, workspace, mode: 'any' });
  const files = await readdir(to, { recursive: true });
  expect(files.filter((file) => file.startsWith('workspace')).sort()).toEqual(
    ['workspace', 'workspace/agents', 'workspace/agents/file', 'workspace/aos.json'].map(path.normalize),
  );
  expect(files).toEqual(expect.arrayContaining(['package.json', 'LICENSE', path.normalize('dist/runtime/main.js')]));
  expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
}, 60_000);
