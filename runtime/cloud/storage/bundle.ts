import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AosError } from '../../core/errors.ts';

// Beside the bundles of a packaged extension, or in the dist folder of a working copy.
const PLACES = [
  ['cloud', 'azurite.cjs'],
  ['dist', 'cloud', 'azurite.cjs'],
];

/**
 * The built storage worker, looked for from this file's folder upwards: Azurite is CommonJS without types and can only
 * be run bundled, from source too.
 * @throws AosError AOS_NOT_RUNNING if it was not built
 */
export function findAzuriteBundle(from = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = PLACES.map((place) => join(folder, ...place)).find(existsSync);
    if (found) return found;
    if (dirname(folder) === folder) break;
  }
  throw new AosError(
    'AOS_NOT_RUNNING',
    'The local storage cannot start: its bundle dist/cloud/azurite.cjs is missing. Run `npm run build` first.',
  );
}
