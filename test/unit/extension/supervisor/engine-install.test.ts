import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { INSTALL_SIZE, type InstallProgress, installLlama } from '../../../../extension/supervisor/engine-install.ts';
import { LLAMA_SIZE } from '../../../../runtime/cloud/lorax/llama/install.ts';

/** Stands in for `cli.js`: says what it was given, and does as the name of the folder says. */
const SCRIPT = `
const [command, action, json, into, folder] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
say({ message: [command, action, json, into].join(' ') });
process.stdout.write('a line for people\\n');
say({ received_bytes: 34, total_bytes: 96 });
if (folder === 'fails') {
  process.stderr.write('npm said something\\naos: The registry cannot be reached. Check the connection.\\n');
  process.exitCode = 1;
}
if (folder === 'hangs') setInterval(() => undefined, 1000);
`;

let folder: string;
let cli: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aos-engine-'));
  cli = path.join(folder, 'cli.mjs');
  await writeFile(cli, SCRIPT);
});
afterAll(() => rm(folder, { recursive: true }));

function install(into: string, signal = AbortSignal.timeout(8000)) {
  const seen: InstallProgress[] = [];
  const log: string[] = [];
  const started = Promise.withResolvers<void>();
  const done = installLlama({
    cli,
    into,
    signal,
    onProgress(progress) {
      seen.push(progress);
      if (progress.received_bytes !== undefined) started.resolve();
    },
    onLog: (line) => log.push(line),
  });
  return { done, seen, log, started: started.promise };
}

it('asks for consent with the sizes of the command', () => {
  expect(LLAMA_SIZE).toMatchObject(INSTALL_SIZE);
});

it('runs the command with the folder and tells its progress; other lines are left alone', async () => {
  const { done, seen } = install('engines');
  await done;
  expect(seen).toEqual([{ message: 'engine install --json --into' }, { received_bytes: 34, total_bytes: 96 }]);
});

it('fails with the last words of the command, and logs all of them', async () => {
  const { done, log } = install('fails');
  await expect(done).rejects.toThrow('aos: The registry cannot be reached. Check the connection.');
  expect(log[0]).toBe('npm said something');
});

it('ends the command when it is cancelled', async () => {
  const controller = new AbortController();
  const { done, started } = install('hangs', controller.signal);
  await started;
  controller.abort();
  await expect(done).rejects.toMatchObject({ name: 'AbortError' });
});
