import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { generationError } from '../errors.ts';

const HASHED_BYTES_PER_FILE = 1 << 20;

export interface AdapterFiles {
  sizeBytes: number;
  /** Hex; changes when a file's name, size or first MiB changes. */
  hash: string;
}

/**
 * Size and content hash of an adapter on disk: a file (GGUF), or a folder of files (PEFT).
 * @throws LoraxError `generation` (424) if there is none, as LoRAX answers for an adapter it cannot load
 */
export async function readAdapterFiles(path: string): Promise<AdapterFiles> {
  try {
    const files = await filesOf(path);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for (const file of files) {
      const { size } = await stat(file);
      sizeBytes += size;
      hash.update(`${basename(file)}:${size}\n`).update(await head(file));
    }
    return { sizeBytes, hash: hash.digest('hex') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why =
      code === 'ENOENT' ? 'No such file or directory' : error instanceof Error ? error.message : String(error);
    throw generationError(`Error loading adapter ${path}: ${why}`, error);
  }
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(path, entry.name))
    .sort();
}

async function head(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HASHED_BYTES_PER_FILE), 0, HASHED_BYTES_PER_FILE, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
