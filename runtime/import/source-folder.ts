import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AosError } from '../core/errors.ts';

export interface SourceFile {
  /** Relative to the folder, with slashes. */
  path: string;
  text: string;
}

/** What was read of a Python AOS workspace. */
export interface SourceFolder {
  /** Its own name, without the way to it. */
  name: string;
  /** JSON and environment files, those nearest to the top first, examples last. */
  files: SourceFile[];
  /** All files, by their paths. */
  paths: ReadonlySet<string>;
}

const MAX_DEPTH = 6;
const MAX_FILES = 20_000;
const MAX_BYTES = 2 * 1024 * 1024;
const SKIPPED_FOLDERS = /^(node_modules|__pycache__|venv|env|site-packages|dist|build|\.(?!github$|vscode$).*)$/;
const READ_FILES = /(\.json|^\.env(\..+)?|\.env)$/;
const EXAMPLES = /example|sample|template/i;

/** @throws AosError AOS_NOT_FOUND if there is no such folder */
export async function readSourceFolder(folder: string): Promise<SourceFolder> {
  const paths = new Set<string>();
  await collect(folder, '', 0, paths).catch((cause: unknown) => {
    throw new AosError(
      'AOS_NOT_FOUND',
      `The folder ${folder} cannot be read. Name the folder of a Python AOS workspace.`,
      {
        cause,
      },
    );
  });
  const wanted = [...paths].filter((file) => READ_FILES.test(path.posix.basename(file))).sort(byRank);
  const files: SourceFile[] = [];
  for (const file of wanted) {
    const location = path.join(folder, file);
    if ((await stat(location)).size > MAX_BYTES) continue;
    files.push({ path: file, text: await readFile(location, 'utf8') });
  }
  return { name: path.basename(path.resolve(folder)), files, paths };
}

async function collect(folder: string, below: string, depth: number, paths: Set<string>): Promise<void> {
  for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
    const file = path.posix.join(below, entry.name);
    if (entry.isFile() && paths.size < MAX_FILES) paths.add(file);
    if (entry.isDirectory() && depth < MAX_DEPTH && !SKIPPED_FOLDERS.test(entry.name)) {
      await collect(folder, file, depth + 1, paths);
    }
  }
}

function byRank(a: string, b: string): number {
  const rank = (file: string) => (isExample(file) ? 100 : 0) + file.split('/').length;
  return rank(a) - rank(b) || a.localeCompare(b, 'en');
}

/** A file that shows what could stand there. */
export const isExample = (file: string): boolean => EXAMPLES.test(path.posix.basename(file));
