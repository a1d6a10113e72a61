/**
 * `npm run image:tree -- DIR [--workspace FOLDER]`: lays out the files of the runtime's image in DIR, as they stand below /app
 * there. The Dockerfile does the same with the same script; without Docker the tree runs as a plain process:
 *
 *   AOS_FOLDER=DIR/workspace node DIR/dist/runtime/main.js replica
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib/paths.mjs';
import { runAsScript, SetupError } from './lib/steps.mjs';

/** Without Node itself, which the base image brings, and without anything for a GPU: LoRAX has its own image. */
export const MAX_IMAGE_BYTES = 120 * 1024 * 1024;

/** What a workspace holds for its developer alone: secrets above all. As in runtime/deployer/image-context.ts. */
const NOT_IN_IMAGE = /^(\.aos|\.git|\.vscode|node_modules|\.env.*|.*\.(log|gguf|map))$/;

/**
 * @param {object} options
 * @param {string} options.to a folder that is empty, or is not there yet
 * @param {string} [options.workspace] the folder with aos.json; default none: it is mounted then
 * @param {import('../esbuild.mjs').Mode} [options.mode] default production
 * @returns {Promise<number>} size of the tree in bytes
 * @throws SetupError for a folder that is not empty, a workspace that is none, or a tree that grew too large
 */
export async function layOutImage({ to, workspace, mode = 'production' }) {
  if (existsSync(to) && readdirSync(to).length > 0) throw new SetupError(`${to} is not empty.`);
  if (workspace && !existsSync(path.join(workspace, 'aos.json'))) throw new SetupError(`${workspace} has no aos.json.`);
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['runtime'], mode });
  const { name, version, license } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  mkdirSync(path.join(to, 'dist'), { recursive: true });
  // Files that end in .js are ES modules by this; and so are the handlers of a workspace that says nothing else.
  writeFileSync(
    path.join(to, 'package.json'),
    `${JSON.stringify({ name, version, license, private: true, type: 'module' }, null, 2)}\n`,
  );
  cpSync(path.join(root, 'LICENSE'), path.join(to, 'LICENSE'));
  cpSync(path.join(root, 'dist/runtime'), path.join(to, 'dist/runtime'), {
    recursive: true,
    filter: (file) => !file.endsWith('.map'),
  });
  if (workspace) {
    const filter = (/** @type {string} */ file) => !NOT_IN_IMAGE.test(path.basename(file));
    cpSync(path.resolve(workspace), path.join(to, 'workspace'), { recursive: true, filter });
  }
  const bytes = sizeOf(to);
  if (bytes > MAX_IMAGE_BYTES) throw new SetupError(`The image's tree is larger than ${mebibytes(MAX_IMAGE_BYTES)}.`);
  return bytes;
}

/** @param {string} folder */
const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(path.join(folder, name)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);

const mebibytes = (/** @type {number} */ bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

await runAsScript(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const at = args.indexOf('--workspace');
  const workspace = at < 0 ? undefined : args.splice(at, 2)[1];
  const [to, ...rest] = args;
  if (!to || rest.length > 0) throw new SetupError('usage: npm run image:tree -- DIR [--workspace FOLDER]');
  const bytes = await layOutImage({ to: path.resolve(to), workspace });
  console.log(`${to}: ${mebibytes(bytes)} (without Node itself; at most ${mebibytes(MAX_IMAGE_BYTES)})`);
});
