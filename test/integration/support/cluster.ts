import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type LocalCloud, startLocalCloud } from '../../../runtime/cloud/index.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { entities } from '../../../runtime/messaging/entities.ts';
import { ensureAzuriteBundle } from '../../contract/storage/bundle.ts';

const ENTRY = path.resolve(import.meta.dirname, '../../../dist/runtime/main.js');
const TOKEN = 'token-of-the-test';
/** A paused replica never answers; another one is asked then. */
const ANSWER_MS = 3000;

/** A replica as a process of its own, which the test ends and pauses as it likes. */
export interface Replica {
  readonly name: string;
  readonly pid: number;
  state: 'running' | 'paused' | 'ended';
  /** SIGKILL: as if the machine had died, but for its sockets. */
  kill(): Promise<void>;
  /** SIGTERM: it drains. */
  stop(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Undefined if it is too busy to say. */
  memoryBytes(): Promise<number | undefined>;
}

export interface Cluster {
  readonly cloud: LocalCloud;
  readonly replicas: readonly Replica[];
  readonly log: string;
  /** Resolves when it serves. */
  start(name: string): Promise<Replica>;
  /** Sends an event, with another replica if one does not answer: its id makes that safe. */
  send(agentId: string, event: { type: string; data: unknown; id: string }): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * A local cloud in this process and replicas in their own, without a launcher that would start them again.
 * @param lockDurationMs how long the broker waits for a silent holder of a shard; a minute in life
 */
export async function startCluster(folder: string, { lockDurationMs }: { lockDurationMs: number }): Promise<Cluster> {
  await ensureAzuriteBundle();
  const cloud = await startLocalCloud({
    entities: { ...entities, queues: entities.queues?.map((queue) => ({ ...queue, lockDurationMs })) },
    ports: { serviceBus: 0, blob: 0, table: 0, lorax: 0 },
    model: { baseModel: 'meta-llama/Llama-3.1-8B-Instruct', engine: 'simulated' },
    logger: silentLogger,
  });
  const replicas: (Replica & { url: string })[] = [];
  let log = '';

  async function start(name: string): Promise<Replica> {
    const port = await freePort();
    const child = fork(ENTRY, ['replica'], {
      silent: true,
      env: {
        ...process.env,
        AZURE_SERVICEBUS_CONNECTION_STRING: cloud.serviceBus,
        AZURE_STORAGE_CONNECTION_STRING: cloud.storage,
        AOS_LORAX_ENDPOINT: cloud.lorax,
        AOS_LORAX_API_KEY: cloud.loraxKey,
        ...{ AOS_FOLDER: folder, AOS_REPLICA: name, AOS_TOKEN: TOKEN, AOS_PORT: String(port) },
      },
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const replica = replicaOf(name, child, `http://127.0.0.1:${port}`);
    replicas.push(replica);
    await ready(child);
    return replica;
  }

  async function send(agentId: string, event: { type: string; data: unknown; id: string }): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const running = replicas.filter(({ state }) => state === 'running');
      const replica = running[attempt % running.length];
      if (replica && (await post(`${replica.url}/api/agents/${agentId}/events`, event))) return;
      if (attempt > 500) throw new Error(`No replica takes event ${event.id}:\n${log.slice(-4000)}`);
      await pause(50);
    }
  }

  return {
    cloud,
    replicas,
    get log() {
      return log;
    },
    start,
    send,
    dispose: async () => {
      await Promise.all(replicas.filter(({ state }) => state !== 'ended').map((replica) => replica.kill()));
      await cloud.dispose();
    },
  };
}

function replicaOf(name: string, child: ChildProcess, url: string): Replica & { url: string } {
  const exited = once(child, 'exit');
  const end = (signal: NodeJS.Signals) => async () => {
    if (replica.state === 'paused') child.kill('SIGCONT');
    replica.state = 'ended';
    child.kill(signal);
    await exited;
  };
  const replica: Replica & { url: string } = {
    ...{ name, url, pid: child.pid!, state: 'running', kill: end('SIGKILL'), stop: end('SIGTERM') },
    pause: () => {
      replica.state = 'paused';
      child.kill('SIGSTOP');
    },
    resume: () => {
      replica.state = 'running';
      child.kill('SIGCONT');
    },
    memoryBytes: async () => {
      const status = await get(`${url}/api/status`).catch(() => undefined);
      const views = (status?.body.replicas ?? []) as { replica: string; memory_bytes: number }[];
      return views.find((view) => view.replica === name)?.memory_bytes;
    },
  };
  return replica;
}

/** It says so over IPC, as to a launcher. */
async function ready(child: ChildProcess): Promise<void> {
  const failed = once(child, 'exit').then(() => undefined);
  const told = new Promise<true>((resolve) => {
    child.on('message', (message: { type: string }) => message.type === 'replica-ready' && resolve(true));
  });
  if (!(await Promise.race([told, failed]))) throw new Error('a replica ended before it was ready');
}

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };

async function post(url: string, body: unknown): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal }).catch(
    () => undefined,
  );
  await answer?.arrayBuffer().catch(() => undefined);
  return answer?.status === 202;
}

async function get(url: string): Promise<{ body: { replicas: unknown } }> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS) });
  return { body: (await answer.json()) as { replicas: unknown } };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
