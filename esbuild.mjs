/**
 * `npm run build`: bundles everything that runs from dist/. A bundle whose inputs are as they were is left alone.
 *
 *   node esbuild.mjs [--dev] [--watch] [BUNDLE …]    BUNDLE: extension runtime cloud webview host-tests; default all
 *
 * `--dev` and `--watch` leave names as they are and write source maps; without them the result is what the VSIX ships.
 *
 * @typedef {'production' | 'dev' | 'any'} Mode any: what is there, however it was built; dev, if it is out of date
 *
 * @typedef {object} Bundle
 * @property {string} outdir belongs to this bundle alone: what a build did not write there is removed
 * @property {Record<string, string>} entries source file by output name
 * @property {() => import('esbuild').BuildOptions | Promise<import('esbuild').BuildOptions>} options
 * @property {string[]} [copies] files that go beside the bundle as they are
 * @property {(outdir: string) => void} [finish]
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { oneLazyChunk } from './scripts/esbuild-lazy.mjs';
import { forgetBuild, isUpToDate, recordBuild, sourcesKey } from './scripts/lib/build-state.mjs';
import { root } from './scripts/lib/paths.mjs';
import { withSetupLock } from './scripts/lib/setup-lock.mjs';
import { note, runAsScript, SetupError, secondsSince, told } from './scripts/lib/steps.mjs';

// CommonJS packages inside an ES module bundle still say `require` and `__dirname`.
const ESM_BANNER = [
  "import { createRequire as __aosCreateRequire } from 'node:module';",
  "import { dirname as __aosPathDirname } from 'node:path';",
  'const require = __aosCreateRequire(import.meta.url);',
  'const __aosFilename = import.meta.filename, __aosDirname = __aosPathDirname(__aosFilename);',
].join('');
// And ES modules inside a CommonJS bundle say `import.meta.url`, which esbuild would make undefined without a word.
const CJS_BANNER = "const __aosUrl = require('node:url').pathToFileURL(__filename).href;";

const at = (/** @type {string[]} */ ...parts) => path.join(root, ...parts);

/**
 * ES modules: what an entry imports lazily becomes a chunk beside it.
 * @param {string} outdir
 * @returns {import('esbuild').BuildOptions}
 */
const esModules = (outdir) => ({
  platform: 'node',
  target: 'node22',
  format: 'esm',
  splitting: true,
  // Packages that offer ES modules are taken as such: their UMD twins (jsonc-parser) hide their imports from the bundler.
  mainFields: ['module', 'main'],
  outdir: at(outdir),
  // Flat: `new URL('./main.js', import.meta.url)` must hold in whichever chunk the line lands.
  chunkNames: '[name]-[hash]',
  banner: { js: ESM_BANNER },
  define: { __filename: '__aosFilename', __dirname: '__aosDirname' },
});

/** @returns {Record<string, Bundle>} */
function bundles() {
  return {
    extension: {
      outdir: 'dist/extension',
      entries: { extension: 'extension/extension.ts' },
      options: () => ({
        ...esModules('dist/extension'),
        external: ['vscode'],
        plugins: [oneLazyChunk(at('extension'))],
      }),
    },
    runtime: {
      outdir: 'dist/runtime',
      entries: {
        main: 'runtime/main.ts',
        cli: 'runtime/cli.ts',
        functions: 'runtime/functions/main.ts',
        index: 'runtime/index.ts',
        'handler-worker': 'runtime/agents/handlers/worker.ts',
        'llama-worker': 'runtime/cloud/lorax/llama/worker.ts',
        'handler-api': 'runtime/agents/handlers/api.ts',
      },
      // Azure's Functions worker hands it over at run time.
      options: () => ({ ...esModules('dist/runtime'), external: ['@azure/functions-core'] }),
      finish: makeCommand,
    },
    cloud: {
      outdir: 'dist/cloud',
      entries: { azurite: 'runtime/cloud/storage/azurite-worker.ts' },
      options: async () => {
        const {
          entryPoints: _,
          outfile: __,
          ...options
        } = (await import('./scripts/esbuild-azurite.mjs')).azuriteBuild();
        return { ...options, outdir: at('dist/cloud'), outExtension: { '.js': '.cjs' } };
      },
    },
    webview: {
      outdir: 'dist/webview',
      entries: Object.fromEntries(
        foldersOf('webview')
          .filter((name) => existsSync(at(`webview/${name}/main.ts`)))
          .map((name) => [name, `webview/${name}/main.ts`]),
      ),
      options: () => ({
        platform: 'browser',
        target: 'es2023',
        format: 'iife',
        outdir: at('dist/webview'),
        loader: { '.ttf': 'file', '.svg': 'dataurl' },
      }),
      copies: ['codicon.css', 'codicon.ttf'].map((file) => `node_modules/@vscode/codicons/dist/${file}`),
    },
    'host-tests': {
      outdir: 'dist/test/host',
      entries: Object.fromEntries([
        ['index', 'test/host/index.ts'],
        ...filesOf('test/host', '.test.ts').map((name) => [`${name}.test`, `test/host/${name}.test.ts`]),
      ]),
      options: () => ({
        platform: 'node',
        target: 'node22',
        format: 'cjs',
        outdir: at('dist/test/host'),
        outExtension: { '.js': '.cjs' },
        external: ['vscode', 'mocha'],
        banner: { js: CJS_BANNER },
        define: {
          'import.meta.url': '__aosUrl',
          'import.meta.filename': '__filename',
          'import.meta.dirname': '__dirname',
        },
      }),
    },
  };
}

const listing = (/** @type {string} */ folder) =>
  existsSync(at(folder)) ? readdirSync(at(folder), { withFileTypes: true }) : [];
const foldersOf = (/** @type {string} */ folder) =>
  listing(folder)
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
const filesOf = (/** @type {string} */ folder, /** @type {string} */ ending) =>
  listing(folder)
    .filter((entry) => entry.name.endsWith(ending))
    .map((entry) => entry.name.slice(0, -ending.length));

/** `dist/runtime/cli.js` is the `aos` command. @param {string} outdir */
function makeCommand(outdir) {
  const file = path.join(outdir, 'cli.js');
  if (!existsSync(file)) return;
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${text}`);
  chmodSync(file, 0o755);
}

/**
 * Builds what is out of date.
 * @param {{only?: string[], mode?: Mode, say?: (line: string) => void}} [options] `only`: names of bundles, default all;
 *   `say`: gets a line per bundle, default prints it
 * @returns {Promise<boolean>} false: everything was up to date
 * @throws SetupError when a bundle fails; the others are written all the same
 */
export async function build({ only, mode = 'production', say = note } = {}) {
  const all = bundles();
  const unknown = only?.find((name) => !all[name]);
  if (unknown) throw new SetupError(`There is no bundle ${unknown}: ${Object.keys(all).join(', ')}.`);
  const wanted = Object.entries(all).filter(([name]) => !only || only.includes(name));
  const keys = (mode === 'any' ? ['dev', 'production'] : [mode]).map(sourcesKey);
  const stale = () => wanted.filter(([name, bundle]) => !isUpToDate(name, keys, bundle.entries));
  if (stale().length === 0) return false;
  return withSetupLock(async () => {
    // Whoever held the lock may have built it.
    const todo = stale();
    if (todo.length > 0) await buildAll(todo, { dev: mode !== 'production', say });
    return todo.length > 0;
  });
}

/** @typedef {{dev: boolean, say: (line: string) => void}} How */

/** @param {[string, Bundle][]} todo @param {How} how */
async function buildAll(todo, how) {
  const esbuild = await import('esbuild');
  const results = await Promise.all(
    todo.map(([name, bundle]) =>
      buildOne(esbuild, name, bundle, how).then(
        () => undefined,
        (error) => {
          // esbuild has printed its own errors already.
          if (!Array.isArray(error.errors)) note(told(error));
          return name;
        },
      ),
    ),
  );
  const failed = results.filter((name) => name !== undefined);
  if (failed.length > 0) throw new SetupError(`The build of ${failed.join(', ')} failed.`);
}

/** @param {Bundle} bundle @param {boolean} dev @returns {Promise<import('esbuild').BuildOptions & {metafile: true}>} */
async function optionsOf(bundle, dev) {
  return {
    absWorkingDir: root,
    bundle: true,
    minify: !dev,
    sourcemap: dev ? 'linked' : false,
    legalComments: 'none',
    logLevel: 'warning',
    ...(await bundle.options()),
    metafile: true,
    entryPoints: Object.entries(bundle.entries).map(([out, file]) => ({ out, in: at(file) })),
  };
}

/** @param {typeof import('esbuild')} esbuild @param {string} name @param {Bundle} bundle @param {How} how */
async function buildOne(esbuild, name, bundle, { dev, say }) {
  const start = performance.now();
  const startMs = Date.now();
  forgetBuild(name);
  const key = sourcesKey(dev ? 'dev' : 'production');
  const { metafile } = await esbuild.build(await optionsOf(bundle, dev));
  const outdir = at(bundle.outdir);
  const outputs = [...Object.keys(metafile.outputs), ...copyAll(bundle, outdir)];
  bundle.finish?.(outdir);
  prune(outdir, outputs);
  recordBuild(name, { key, entries: bundle.entries, inputs: Object.keys(metafile.inputs), outputs, startMs });
  const bytes = outputs.reduce((sum, file) => sum + statSync(at(file)).size, 0);
  const files = outputs.length === 1 ? '1 file' : `${outputs.length} files`;
  say(`${name.padEnd(10)} ${kilobytes(bytes).padStart(9)}  ${files.padStart(8)}  ${secondsSince(start)}`);
}

const kilobytes = (/** @type {number} */ bytes) => `${Math.round(bytes / 1024).toLocaleString('en')} KiB`;

/** @param {Bundle} bundle @param {string} outdir */
function copyAll(bundle, outdir) {
  return (bundle.copies ?? []).map((file) => {
    mkdirSync(outdir, { recursive: true });
    copyFileSync(at(file), path.join(outdir, path.basename(file)));
    return `${bundle.outdir}/${path.basename(file)}`;
  });
}

/** Removes chunks and entries of earlier builds. @param {string} outdir @param {string[]} outputs */
function prune(outdir, outputs) {
  const keep = new Set(outputs.map((file) => at(file)));
  for (const name of readdirSync(outdir, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(outdir, name);
    if (!keep.has(file) && statSync(file, { throwIfNoEntry: false })?.isFile()) rmSync(file, { force: true });
  }
}

/** Builds with source maps, again and again, until the process is ended. @param {string[] | undefined} only */
async function watch(only) {
  const esbuild = await import('esbuild');
  for (const [name, bundle] of Object.entries(bundles())) {
    if (only && !only.includes(name)) continue;
    forgetBuild(name);
    let start = 0;
    /** @type {import('esbuild').Plugin} */
    const report = {
      name: 'report',
      setup(build) {
        build.onStart(() => {
          start = performance.now();
          note(`[watch] build started: ${name}`);
        });
        build.onEnd(({ errors }) => {
          if (errors.length === 0) bundle.finish?.(at(bundle.outdir));
          note(`[watch] build finished: ${name}, ${errors.length} errors, ${secondsSince(start)}`);
        });
      },
    };
    const options = await optionsOf(bundle, true);
    const context = await esbuild.context({ ...options, plugins: [...(options.plugins ?? []), report] });
    copyAll(bundle, at(bundle.outdir));
    await context.watch();
  }
}

await runAsScript(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const names = args.filter((arg) => !arg.startsWith('-'));
  const only = names.length > 0 ? names : undefined;
  if (args.includes('--watch')) return watch(only);
  const start = performance.now();
  const built = await build({ only, mode: args.includes('--dev') ? 'dev' : 'production' });
  console.log(built ? `built in ${secondsSince(start)}` : 'everything is up to date');
});
