import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileStamp, filesAt } from '../../../core/file-stamp.ts';
import { generationError } from '../errors.ts';

const HASHED_BYTES_PER_FILE = 1 << 20;

export interface AdapterContent {
  sizeBytes: number;
  /** Hex; changes when a file's name, size or first MiB changes. */
  hash: string;
}

/** The adapters on disk: what is in a file is read again only when the file has changed. */
export class AdapterFiles {
  /** By path. */
  readonly #read = new Map<string, { stamp: string; content: AdapterContent }>();

  /**
   * Size and content hash of an adapter on disk as it is now: a file (GGUF), or a folder of files (PEFT).
   * @throws LoraxError `generation` (424) if there is none, as LoRAX answers for an adapter it cannot load
   */
  async look(path: string): Promise<AdapterContent> {
    try {
      const stamp = await fileStamp(path);
      const known = this.#read.get(path);
      if (known?.stamp === stamp) return known.content;
      const content = await read(path);
      this.#read.set(path, { stamp, content });
      return content;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const why =
        code === 'ENOENT' ? 'No such file or directory' : error instanceof Error ? error.message : String(error);
      throw generationError(`Error loading adapter ${path}: ${why}`, error);
    }
  }
}

async function read(path: string): Promise<AdapterContent> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const file of await filesAt(path)) {
    const { size } = await stat(file);
    sizeBytes += size;
    hash.update(`${basename(file)}:${size}\n`).update(await head(file));
  }
  return { sizeBytes, hash: hash.digest('hex') };
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
