import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';

/**
 * Reads a file of `NAME=value` lines (the format of Node's `--env-file`).
 * @throws Error naming the file, if it cannot be read
 */
export async function readEnvironmentFile(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`The environment file ${file} cannot be read. Check the setting aos.runtime.environmentFile.`, {
      cause,
    });
  });
  const parsed = Object.entries(parseEnv(text));
  return Object.fromEntries(parsed.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
