import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export const azuriteBundle = join(root, 'dist', 'cloud', 'azurite.cjs');

// Azurite's telemetry and its SQL stores: half of the bundle, and the embedded servers use neither.
const UNUSED = ['applicationinsights', 'mysql2', 'tedious', 'sequelize'];

// Anything read from it, called on it or built from it is itself, so that top-level code of importers runs.
const STUB = `module.exports = new Proxy(function () {}, {
  get: (_, key) => (key === '__esModule' ? undefined : module.exports),
  apply: () => module.exports,
  construct: () => module.exports,
});`;

/** @type {import('esbuild').Plugin} */
const stubUnused = {
  name: 'stub-unused',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${UNUSED.join('|')})(/.*)?$`) }, ({ path }) => ({
      path,
      namespace: 'stub',
    }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: STUB, loader: 'js' }));
  },
};

/**
 * The esbuild options of the storage worker (Azurite 3.37 in one file): a bundle of its own because it is big, CommonJS,
 * and runs in a worker thread.
 * @returns {import('esbuild').BuildOptions}
 */
export function azuriteBuild() {
  return {
    absWorkingDir: root,
    entryPoints: [join(root, 'runtime', 'cloud', 'storage', 'azurite-worker.ts')],
    outfile: azuriteBundle,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    // Azurite's generated code and its errors work with class names.
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [stubUnused],
  };
}
