import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { imageContext } from '../../../runtime/deployer/image-context.ts';

/** Settings of the image and how it starts, without the order in which they are written. */
const facts = (dockerfile: string) => ({
  env: [...dockerfile.matchAll(/\b([A-Z_]+)=(\S+)/g)]
    .map(([, name, value]) => `${name}=${value}`)
    .filter((one) => !/^(NODE_IMAGE|WORKSPACE)=/.test(one))
    .sort(),
  rest: dockerfile.split('\n').filter((line) => /^(USER|EXPOSE|STOPSIGNAL|CMD|WORKDIR \/app)/.test(line)),
});

it('makes the same image as the Dockerfile, and takes no secret of the workspace along', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aos-context-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [runtime, workspace] = [path.join(folder, 'runtime'), path.join(folder, 'workspace')];
  await Promise.all([mkdir(runtime), mkdir(workspace)]);
  await writeFile(path.join(runtime, 'main.js'), '');
  await writeFile(path.join(workspace, 'aos.json'), '{}');
  await writeFile(path.join(workspace, '.env'), 'CRM_KEY=secret');

  const { files } = await imageContext({ runtime, workspace });
  expect(files.map((file) => file.path).sort()).toEqual([
    'Dockerfile',
    'dist/runtime/main.js',
    'package.json',
    'workspace/aos.json',
  ]);
  const built = files.find((file) => file.path === 'Dockerfile')!.content.toString();
  const own = await readFile(path.join(import.meta.dirname, '../../../Dockerfile'), 'utf8');
  const comments = /^#.*\n/gm;
  expect(facts(built)).toEqual(facts(own.replace(comments, '')));
});
