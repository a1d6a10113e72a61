import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodeEnvironment } from './launch-options.ts';

const run = promisify(execFile);

export interface PythonImportOptions {
  /** `dist/runtime/cli.js`. */
  cli: string;
  /** The Python AOS workspace. */
  from: string;
  /** The aos.json to write. */
  out: string;
  /** In the place of the one that is there. */
  overwrite: boolean;
  signal: AbortSignal;
}

/**
 * Makes an aos.json of a Python AOS workspace with the `aos` command, run by this process's own executable.
 * @returns what the command says of it: counts, what was taken over, what was not, and what is to be done
 * @throws the signal's reason after it was ended; Error with the command's own words if it fails
 */
export async function importPythonAos({ cli, from, out, overwrite, signal }: PythonImportOptions): Promise<string> {
  const given = [cli, 'import', from, '--out', out, ...(overwrite ? ['--force'] : [])];
  try {
    const { stdout } = await run(process.execPath, given, {
      env: nodeEnvironment(process.env),
      maxBuffer: 16 * 1024 * 1024,
      signal,
      windowsHide: true,
    });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw said === '' ? error : new Error(said.replace(/^aos: /, ''), { cause: error });
  }
}
