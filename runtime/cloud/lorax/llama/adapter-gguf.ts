import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileStamp } from '../../../core/file-stamp.ts';
import type { AdapterRef } from '../engine.ts';
import { generationError } from '../errors.ts';

/** A GGUF adapter on this machine, as it is now. */
export interface AdapterGguf {
  /** Its content under a name of its own: llama.cpp keeps adapters by path, and would not notice a replaced file. */
  file: string;
  /** As the user named it, or the file in the folder that he named. */
  original: string;
  sizeBytes: number;
}

interface Known {
  /** Changes when the file was written to. */
  stamp: string;
  adapter: Promise<AdapterGguf>;
}

/** Finds the GGUF files of adapters, and gives each content a path of its own. */
export class AdapterFolder {
  readonly #known = new Map<string, Known>();
  #copies: Promise<string> | undefined;

  /** @throws LoraxError `generation` (424) if there is no GGUF adapter, with what to do */
  async find({ id, source }: Pick<AdapterRef, 'id' | 'source'>): Promise<AdapterGguf> {
    try {
      const original = await ggufOf(id);
      const stamp = await fileStamp(original);
      const known = this.#known.get(id);
      if (known?.stamp === stamp) return await known.adapter;
      const adapter = this.#copyOf(original);
      this.#known.set(id, { stamp, adapter });
      return await adapter;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const missing =
        source === 'local'
          ? 'No such file or directory'
          : `not on this machine; llama.cpp loads nothing from ${source}`;
      const why = code === 'ENOENT' ? missing : error instanceof Error ? error.message : String(error);
      this.#known.delete(id);
      throw generationError(`Error loading adapter ${id}: ${why}`, error);
    }
  }

  async dispose(): Promise<void> {
    if (this.#copies) await rm(await this.#copies, { recursive: true, force: true });
  }

  /**
   * A copy that shares the disk's blocks where the file system can (FICLONE). It is the copy that the hash is taken of: the
   * original may be written to meanwhile.
   */
  async #copyOf(original: string): Promise<AdapterGguf> {
    this.#copies ??= mkdtemp(path.join(os.tmpdir(), 'aos-llama-'));
    const folder = await this.#copies;
    const unnamed = path.join(folder, randomUUID());
    await copyFile(original, unnamed, constants.COPYFILE_FICLONE);
    const hash = (await hashOf(unnamed)).slice(0, 8);
    const file = path.join(folder, `${path.basename(original, '.gguf')}@${hash}.gguf`);
    await rename(unnamed, file);
    return { original, file, sizeBytes: (await stat(file)).size };
  }
}

async function ggufOf(location: string): Promise<string> {
  if (!(await stat(location)).isDirectory()) return location;
  const names = (await readdir(location)).sort();
  const gguf = names.find((name) => name.endsWith('.gguf'));
  if (gguf !== undefined) return path.join(location, gguf);
  if (names.includes('adapter_config.json')) {
    throw new Error(
      'It is a PEFT adapter. Convert it with llama.cpp’s convert_lora_to_gguf.py and put the .gguf beside it',
    );
  }
  throw new Error('There is no .gguf file in this folder');
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
