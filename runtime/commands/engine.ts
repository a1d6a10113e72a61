import { createInterface } from 'node:readline/promises';
import { AosError } from '../core/errors.ts';

export interface EngineCommandOptions {
  into?: string;
  yes?: boolean;
  json?: boolean;
}

/** What stands behind these commands; the local cloud's, which only the entry points may reach for. */
export interface EngineTools {
  version: string;
  /** For people; `work`: bytes on disk while it is installed. */
  size: { download: string; disk: string; work: number };
  find(folder: string | undefined): Promise<string | undefined>;
  install(options: {
    folder: string | undefined;
    signal: AbortSignal;
    onProgress: (bytes: number) => void;
  }): Promise<string>;
  remove(folder: string | undefined): Promise<boolean>;
}

/** `aos engine install`; with `--json` one object a line: `{received_bytes, total_bytes}`, then `{installed, path}`. */
export async function install(tools: EngineTools, { into, yes, json }: EngineCommandOptions): Promise<void> {
  const { version, size } = tools;
  const there = await tools.find(into);
  if (there !== undefined) return tell(json, { installed: version, path: there }, `llama.cpp is installed: ${there}`);
  const question = `Install llama.cpp (node-llama-cpp ${version}) with npm? ${size.download} to download, ${size.disk} on disk.`;
  if (!yes && !json && !(await agrees(question))) return;
  const cancelled = new AbortController();
  const cancel = () =>
    cancelled.abort(new AosError('AOS_CANCELLED', 'The installation was cancelled; nothing is left of it.'));
  process.once('SIGINT', cancel);
  process.once('SIGTERM', cancel);
  const path = await tools.install({
    folder: into,
    signal: cancelled.signal,
    onProgress: (bytes) => {
      if (json) process.stdout.write(`${JSON.stringify({ received_bytes: bytes, total_bytes: size.work })}\n`);
      else if (process.stderr.isTTY) process.stderr.write(`\r${Math.round(bytes / 1e6)} MB`);
    },
  });
  if (!json && process.stderr.isTTY) process.stderr.write('\r');
  tell(json, { installed: version, path }, `llama.cpp is installed: ${path}`);
}

/** `aos engine status` */
export async function status(tools: EngineTools, { into, json }: EngineCommandOptions): Promise<void> {
  const path = await tools.find(into);
  const text =
    path === undefined
      ? 'llama.cpp is not installed. Install it with: aos engine install'
      : `llama.cpp is installed: ${path}`;
  tell(json, { installed: path === undefined ? null : tools.version, path: path ?? null }, text);
}

/** `aos engine remove` */
export async function remove(tools: EngineTools, { into, json }: EngineCommandOptions): Promise<void> {
  const removed = await tools.remove(into);
  tell(json, { removed }, removed ? 'llama.cpp is removed' : 'llama.cpp was not installed there');
}

async function agrees(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new AosError('AOS_BAD_REQUEST', `${question} Nobody can answer here: say --yes.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function tell(json: boolean | undefined, value: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`);
}
