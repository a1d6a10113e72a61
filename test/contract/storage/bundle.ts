import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { azuriteBuild, azuriteBundle } from '../../../scripts/esbuild-azurite.mjs';

const SOURCES = fileURLToPath(new URL('../../../runtime/cloud/storage', import.meta.url));

/** Builds the storage worker (about a second) if there is none, or an older one than its source. */
export async function ensureAzuriteBundle(): Promise<void> {
  const files = await readdir(SOURCES);
  const changes = await Promise.all(files.map(async (file) => (await stat(join(SOURCES, file))).mtimeMs));
  if ((await builtAtMs()) > Math.max(...changes)) return;
  // Test files run at the same time: each builds its own copy, and none of them reads half a file.
  const copy = `${azuriteBundle}.${process.pid}.cjs`;
  await build({ ...azuriteBuild(), outfile: copy });
  await rename(copy, azuriteBundle).finally(() => rm(copy, { force: true }));
}

async function builtAtMs(): Promise<number> {
  const found = await stat(azuriteBundle).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found?.mtimeMs ?? 0;
}
