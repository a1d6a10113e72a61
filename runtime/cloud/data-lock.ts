import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { AosError } from '../core/errors.ts';
import { newSecret } from '../core/ids.ts';

const LOCK_FILE = 'aos.lock';
const ATTEMPTS = 5;
const ANSWER_TIMEOUT_MS = 1000;
const FRESH_MS = 1000;

const lockSchema = z.object({
  pid: z.number().int().positive(),
  /** Loopback port on which the owner answers with the token, for as long as it lives. */
  port: z.number().int().positive(),
  token: z.string(),
});
type LockRecord = z.infer<typeof lockSchema>;

export interface DataLock {
  /** Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes a data folder for this process alone: two databases over the same files destroy both. The folder is created.
 *
 * The lock is a file that names its owner's process id and a port. The owner's death closes the port, however it died,
 * so a lock left by a crash is seen as stale even when its process id belongs to another process by now.
 * @throws AosError AOS_DATA_LOCKED if a living process has it
 */
export async function lockDataFolder(folder: string): Promise<DataLock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, LOCK_FILE);
  const token = newSecret();
  const server = await answerWith(token);
  const record: LockRecord = { pid: process.pid, port: portOf(server), token };
  try {
    await claim(file, record, folder);
  } catch (error) {
    server.close();
    throw error;
  }
  let released: Promise<void> | undefined;
  return {
    release() {
      released ??= release(file, token, server);
      return released;
    },
  };
}

async function claim(file: string, record: LockRecord, folder: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await createExclusively(file, JSON.stringify(record))) return;
    const text = await readIfThere(file);
    const owner = parseRecord(text);
    if (owner && (await isAlive(owner))) throw lockedError(folder, owner.pid);
    if (!owner && (await isFresh(file))) break; // Created, but not written yet: somebody takes it right now.
    // Somebody else may have replaced the stale lock meanwhile: only the one that was judged is removed.
    if (text !== undefined && (await readIfThere(file)) === text) await rm(file, { force: true });
  }
  throw new AosError(
    'AOS_DATA_LOCKED',
    `The data folder ${folder} is being taken by another process. Try again in a moment.`,
  );
}

async function release(file: string, token: string, server: Server): Promise<void> {
  if (parseRecord(await readIfThere(file))?.token === token) await rm(file, { force: true });
  await new Promise((resolve) => server.close(resolve));
}

function lockedError(folder: string, pid: number): AosError {
  return new AosError(
    'AOS_DATA_LOCKED',
    `The data folder ${folder} is in use by process ${pid}. Stop that local cloud, or choose another folder with --data.`,
    { details: { pid, folder } },
  );
}

async function createExclusively(file: string, text: string): Promise<boolean> {
  try {
    // Readable by its owner only: the token proves who is who.
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function isFresh(file: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs < FRESH_MS;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Undefined for a file that was cut off by a crash. */
function parseRecord(text: string | undefined): LockRecord | undefined {
  if (text === undefined) return undefined;
  try {
    return lockSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function answerWith(token: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(token);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server.unref();
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The lock server has no port.');
  return address.port;
}

/** True as well if the port is open but nobody answers in time: a process that is stopped in a debugger is alive. */
function isAlive({ port, token }: LockRecord): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_TIMEOUT_MS });
    const settle = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.once('end', () => settle(answer === token));
    socket.once('timeout', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
