import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** The file at `location`, or the files of the folder that it is (not of those in it), in the order of their names. */
export async function filesAt(location: string): Promise<string[]> {
  if (!(await stat(location)).isDirectory()) return [location];
  const entries = await readdir(location, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(location, entry.name))
    .sort();
}

/**
 * Changes when one of the files at `location` was written to, replaced, added or removed. Nothing is read but names, sizes
 * and times; the time of the change is one of them, since a copy may keep size and time of writing of what it replaces.
 * @throws as `stat`
 */
export async function fileStamp(location: string): Promise<string> {
  const facts = (await filesAt(location)).map(async (file) => {
    const { size, mtimeMs, ctimeMs } = await stat(file);
    return `${file}:${size}:${mtimeMs}:${ctimeMs}`;
  });
  return (await Promise.all(facts)).join('\n');
}
