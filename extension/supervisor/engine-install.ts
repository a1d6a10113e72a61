import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { nodeEnvironment } from './launch-options.ts';

/** What is downloaded, and what stays on disk: as the command says it. */
export const INSTALL_SIZE = { download: '25 MB', disk: '40 MB' };

/** A line of `aos engine install --json`, as far as it is shown; the last one says what was installed. */
const lineSchema = z.object({
  message: z.string().optional(),
  received_bytes: z.number().optional(),
  total_bytes: z.number().nullish(),
});
export type InstallProgress = z.infer<typeof lineSchema>;

export interface EngineInstallOptions {
  /** `dist/runtime/cli.js`. */
  cli: string;
  /** Folder the engine is installed into; made if it is not there. */
  into: string;
  signal: AbortSignal;
  onProgress(progress: InstallProgress): void;
  /** What the command wrote to stderr, line by line. */
  onLog(line: string): void;
}

/**
 * Installs the llama engine with the `aos` command, run by this process's own executable.
 * @throws the signal's reason after it was ended; Error with the command's own words if it fails
 */
export async function installLlama({ cli, into, signal, onProgress, onLog }: EngineInstallOptions): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [cli, 'engine', 'install', '--json', '--into', into], {
    env: nodeEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const end = () => void child.kill();
  signal.addEventListener('abort', end, { once: true });
  let lastError = '';
  createInterface(child.stdout).on('line', (line) => {
    const progress = parseLine(line);
    if (progress) onProgress(progress);
  });
  createInterface(child.stderr).on('line', (line) => {
    if (line.trim() !== '') lastError = line;
    onLog(line);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (code !== 0) throw new Error(lastError || `The installation ended with exit code ${code}.`);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function parseLine(line: string): InstallProgress | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
