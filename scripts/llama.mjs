/**
 * What the tests of the llama engine need: llama.cpp, installed by the product's own command into `.llama/`, and the tiny
 * model. What is there already costs nothing.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { needNode24, root } from './lib/paths.mjs';
import { withSetupLock } from './lib/setup-lock.mjs';
import { runQuietly, step } from './lib/steps.mjs';
import { makeTinyModel } from './tiny-model.mjs';

/** Where the tests look for the engine. */
export const llamaFolder = path.join(root, '.llama');

/** After the build. @throws SetupError that says what the command said */
export async function prepareLlama() {
  makeTinyModel();
  const aos = (/** @type {string[]} */ ...args) =>
    runQuietly(needNode24(), ['dist/runtime/cli.js', 'engine', ...args, '--into', llamaFolder, '--json'], {
      cwd: root,
    });
  await withSetupLock(async () => {
    mkdirSync(llamaFolder, { recursive: true });
    const { installed } = JSON.parse(await aos('status'));
    if (installed === null) await step('llama.cpp', () => aos('install'));
  });
}
