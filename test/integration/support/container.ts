import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const DOCKERFILE = path.resolve(import.meta.dirname, '../../../Dockerfile');
/** Where the tree stands in the image. */
const APP = '/app';

/** What the image says about its process. */
export interface ImageSettings {
  env: Record<string, string>;
  command: readonly string[];
  user: string;
}

/** Reads the last stage of the Dockerfile. */
export function imageSettings(): ImageSettings {
  const text = readFileSync(DOCKERFILE, 'utf8').replaceAll('\\\n', ' ');
  const stage = text.slice(text.lastIndexOf('\nFROM '));
  const said = (instruction: string) => new RegExp(`^${instruction} (.*)$`, 'm').exec(stage)?.[1] ?? '';
  return {
    env: Object.fromEntries([...said('ENV').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value])),
    command: JSON.parse(said('CMD')),
    user: said('USER'),
  };
}

/** A replica in a container: its process, without the container around it. */
export interface Container {
  readonly url: string;
  /** From the start of the process until it listened. */
  readonly startMs: number;
  readonly log: string;
  readonly running: boolean;
  /** SIGTERM, as the platform says it. @returns status of the process, and how long it took to leave */
  stop(): Promise<{ status: number | null; ms: number }>;
  kill(): Promise<void>;
}

/**
 * Runs the command of the image over its file tree, with its environment and nothing of this process's; on a free port of
 * loopback instead of one of the container.
 * @param tree as `layOutImage` lays it out
 * @param env what the template and the platform say besides; not AOS_LOG_LEVEL: the log says where it listens
 */
export async function startContainer(tree: string, name: string, env: Record<string, string>): Promise<Container> {
  const image = imageSettings();
  const started = performance.now();
  const inTree = (text: string) => text.replace(APP, tree);
  const child = spawn(process.execPath, image.command.slice(1), {
    cwd: tree,
    env: {
      ...Object.fromEntries(Object.entries(image.env).map(([key, value]) => [key, inTree(value)])),
      ...{ AOS_BIND: '127.0.0.1', AOS_PORT: '0', CONTAINER_APP_REPLICA_NAME: name },
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[status: number | null]>;
  let log = '';
  const address = Promise.withResolvers<string>();
  createInterface({ input: child.stderr })
    .on('line', (line) => {
      log += `${line}\n`;
      const [, url] = /listening on (http:[^"]+)/.exec(line) ?? [];
      if (url) address.resolve(url);
    })
    .once('close', () => address.reject(new Error(`${name} ended before it was listening:\n${log}`)));
  const url = await address.promise;
  return {
    url,
    startMs: performance.now() - started,
    get log() {
      return log;
    },
    get running() {
      return isRunning(child);
    },
    stop: async () => {
      const asked = performance.now();
      child.kill('SIGTERM');
      const [status] = await exited;
      return { status, ms: performance.now() - asked };
    },
    kill: async () => {
      if (!isRunning(child)) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;
