import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Exchange, exchangeSchema } from '../../../runtime/contracts/ask-panel.ts';

const fileSchema = z.object({ version: z.literal(1), exchanges: z.array(exchangeSchema) });

export interface AskHistoryOptions {
  /** The JSON file; undefined: nothing is kept. */
  file: string | undefined;
  onError(message: string, error: unknown): void;
}

/** The exchanges of a workspace, in one file of the workspace's storage. */
export class AskHistory {
  readonly #options: AskHistoryOptions;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: AskHistoryOptions) {
    this.#options = options;
  }

  /** Oldest first. A file that cannot be used is put aside, never overwritten. */
  async load(): Promise<Exchange[]> {
    const { file, onError } = this.#options;
    if (file === undefined) return [];
    try {
      return fileSchema.parse(JSON.parse(await readFile(file, 'utf8'))).exchanges;
    } catch (error) {
      if (isMissing(error)) return [];
      onError(`The history of Ask could not be read. It is kept as ${file}.unread.`, error);
      await rename(file, `${file}.unread`).catch((cause: unknown) =>
        onError('The unread history could not be put aside.', cause),
      );
      return [];
    }
  }

  /** Writes what stays; one write at a time, the last one wins. */
  save(exchanges: readonly Exchange[]): Promise<void> {
    const { file, onError } = this.#options;
    if (file === undefined) return Promise.resolve();
    const text = JSON.stringify({ version: 1, exchanges: exchanges.filter(isSettled) });
    this.#writing = this.#writing
      .then(() => replaceFile(file, text))
      .catch((error: unknown) => onError('The history of Ask could not be saved.', error));
    return this.#writing;
  }
}

/** Nothing more comes for it. A running exchange cannot be taken up again after a reload. */
export function isSettled({ progress }: Exchange): boolean {
  return progress.kind !== 'running' && progress.kind !== 'waiting';
}

async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
