import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AosError } from '../core/errors.ts';
import type { BlobManager } from '../storage/blob-manager.ts';

/** Adapters that are kept in blob storage, brought to this machine for as long as this replica runs. */
export class BlobAdapters {
  readonly #blobs: BlobManager;
  #folder: Promise<string> | undefined;

  constructor(blobs: BlobManager) {
    this.#blobs = blobs;
  }

  /**
   * @param name of a blob, or of a folder of blobs
   * @returns the file, or the folder, on this machine
   * @throws AosError AOS_ADAPTER_NOT_FOUND, AOS_STORAGE
   */
  async fetch(name: string): Promise<string> {
    this.#folder ??= mkdtemp(path.join(os.tmpdir(), 'aos-adapters-'));
    const folder = await this.#folder;
    let found = false;
    for await (const blob of this.#blobs.list({ prefix: name })) {
      if (blob.name !== name && !blob.name.startsWith(`${name}/`)) continue;
      const file = path.resolve(folder, blob.name);
      // A blob's name may hold "..": nothing is written elsewhere.
      if (path.relative(folder, file).startsWith('..')) continue;
      const content = await this.#blobs.downloadStream(blob.name);
      if (!content) continue;
      await mkdir(path.dirname(file), { recursive: true });
      await pipeline(content, createWriteStream(file));
      found = true;
    }
    if (found) return path.join(folder, name);
    throw new AosError(
      'AOS_ADAPTER_NOT_FOUND',
      `There is no adapter ${name} in the blob container ${this.#blobs.container}. Upload it there, or correct its path.`,
    );
  }

  async dispose(): Promise<void> {
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true });
  }
}
