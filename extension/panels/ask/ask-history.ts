import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../../replace-file.ts';

export interface AskHistoryOptions<T> {
  /** The JSON file; undefined: nothing is kept. */
  file: string | undefined;
  entry: z.ZodType<T>;
  onError(message: string, error: unknown): void;
}

/** Exchanges, or comparisons, of a workspace in one file of the workspace's storage. */
export class AskHistory<T> {
  readonly #options: AskHistoryOptions<T>;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: AskHistoryOptions<T>) {
    this.#options = options;
  }

  /** Oldest first. A file that cannot be used is put aside, never overwritten. */
  async load(): Promise<T[]> {
    const { file, entry, onError } = this.#options;
    if (file === undefined) return [];
    try {
      const schema = z.object({ version: z.literal(2), entries: z.array(entry) });
      return schema.parse(JSON.parse(await readFile(file, 'utf8'))).entries;
    } catch (error) {
      if (isMissing(error)) return [];
      onError(`The history of Ask could not be read. It is kept as ${file}.unread.`, error);
      await rename(file, `${file}.unread`).catch((cause: unknown) =>
        onError('The unread history could not be put aside.', cause),
      );
      return [];
    }
  }

  /** One write at a time, the last one wins. */
  save(entries: readonly T[]): Promise<void> {
    const { file, onError } = this.#options;
    if (file === undefined) return Promise.resolve();
    const text = JSON.stringify({ version: 2, entries });
    this.#writing = this.#writing
      .then(() => replaceFile(file, text))
      .catch((error: unknown) => onError('The history of Ask could not be saved.', error));
    return this.#writing;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
