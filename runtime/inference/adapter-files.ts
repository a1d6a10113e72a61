import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileStamp, filesAt } from '../core/file-stamp.ts';

export interface AdapterContent {
  /** First 6 hex digits of the hash of the files. */
  revision: string;
  sizeBytes: number;
}

/**
 * Read of each end of a file: the whole of an adapter_config.json, and enough of the weights to tell two trainings apart.
 * Hashing all of a hundred adapters of 40 MB each would make every start wait for seconds.
 */
const HASHED_BYTES_PER_END = 64 * 1024;

/**
 * Looks at the files of an adapter: one file, or a folder with `adapter_config.json` and the weights (PEFT). The revision
 * depends on their names, sizes and content alone, so that every replica and every machine finds the same one.
 * @returns undefined if there is nothing at `location`
 */
export function readAdapterContent(location: string): Promise<AdapterContent | undefined> {
  return unlessMissing(async () => {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for (const file of await filesAt(location)) {
      const { size } = await stat(file);
      sizeBytes += size;
      hash.update(`${path.basename(file)}:${size}\n`);
      for (const end of await endsOf(file, size)) hash.update(end);
    }
    return { revision: shortened(hash.digest('hex')), sizeBytes };
  });
}

/** Changes when one of the files of an adapter was written to; undefined if there is nothing at `location`. */
export function adapterStamp(location: string): Promise<string | undefined> {
  return unlessMissing(() => fileStamp(location));
}

/** The revision of an adapter whose content is elsewhere: its address stands for it. */
export function addressRevision(source: string, address: string): string {
  return shortened(createHash('sha256').update(`${source}:${address}`).digest('hex'));
}

async function unlessMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}

async function endsOf(file: string, size: number): Promise<Uint8Array[]> {
  const handle = await open(file);
  try {
    const read = async (position: number) => {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(HASHED_BYTES_PER_END),
        0,
        HASHED_BYTES_PER_END,
        position,
      );
      return buffer.subarray(0, bytesRead);
    };
    const head = await read(0);
    return size <= HASHED_BYTES_PER_END
      ? [head]
      : [head, await read(Math.max(HASHED_BYTES_PER_END, size - HASHED_BYTES_PER_END))];
  } finally {
    await handle.close();
  }
}

const shortened = (hex: string) => hex.slice(0, 6);
