import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSATIONS_TABLE } from '../../runtime/agents/conversation-log.ts';
import { layOutImage } from '../../scripts/image-tree.mjs';
import { certificateFile } from '../certificate/loopback.ts';
import { startCollector } from '../unit/telemetry/collector.ts';
import { type Azure, startAzure } from './support/azure.ts';
import { type Container, imageSettings, startContainer } from './support/container.ts';
import { eventually } from './support/system.ts';

const AGENTS = 40;
const EVENTS = 400;

let folder: string;
let tree: string;
let azure: Azure;
const containers: Container[] = [];

/** A workspace whose agents write down what they handle, outside of the image's tree. */
async function writeWorkspace(workspace: string): Promise<void> {
  const record = JSON.stringify(path.join(folder, 'record'));
  await writeFile(
    path.join(workspace, 'recorder.ts'),
    `import { appendFileSync } from 'node:fs';
     import { defineAgent } from 'aos-studio';
     const write = (what: string) => appendFileSync(${record}, what + '\\n');
     export const agent = defineAgent({ on: {
       Work: async (event: { data: { n: number } }) => {
         await new Promise((resolve) => setTimeout(resolve, 50));
         write('handled ' + event.data.n);
       },
       Hang: async (event: { attempt: number }) => {
         write('hangs ' + event.attempt);
         await new Promise(() => undefined);
       },
     } });`,
  );
  const agents = Array.from({ length: AGENTS }, (_, i) => ({
    ...{ id: `agent_${i}`, purpose: `Task execution agent ${i}`, handler: 'recorder.ts' },
  }));
  await writeFile(path.join(workspace, 'aos.json'), JSON.stringify({ name: 'cloud', agents }));
}

async function readRecord(what: string): Promise<number[]> {
  const lines = (await readFile(path.join(folder, 'record'), 'utf8').catch(() => '')).split('\n');
  return lines.filter((line) => line.startsWith(`${what} `)).map((line) => Number(line.split(' ')[1]));
}

async function start(name: string, env: Record<string, string> = {}): Promise<Container> {
  const container = await startContainer(tree, name, { ...azure.env, ...env });
  containers.push(container);
  await eventually(async () => (await fetch(`${container.url}/api/health/ready`)).status === 200);
  return container;
}

async function call(container: Container, method: string, route: string, { token, body }: Call = {}) {
  const response = await fetch(container.url + route, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as any };
}

interface Call {
  token?: string;
  body?: unknown;
}

const send = async (container: Container, agent: number, event: unknown) =>
  (
    await call(container, 'POST', `/api/agents/agent_${agent}/events`, {
      token: await azure.accessToken(),
      body: event,
    })
  ).status;

const ask = async (container: Container, prompt: string, token?: string) =>
  call(container, 'POST', '/api/agent_infer', {
    token: token ?? (await azure.accessToken()),
    body: { agent_id: 'agent_0', prompt },
  });

/** How many shards each replica holds. */
async function ownersOf(container: Container): Promise<Record<string, number>> {
  const { body } = await call(container, 'GET', '/api/shards', { token: await azure.accessToken() });
  const owners = (body as { replica: string | null }[]).map(({ replica }) => replica ?? 'nobody');
  return Object.fromEntries([...Map.groupBy(owners, (owner) => owner)].map(([owner, list]) => [owner, list.length]));
}

/** Size and time of every file. */
async function listing(of: string): Promise<string[]> {
  const names = await readdir(of, { recursive: true });
  const stats = await Promise.all(names.map((name) => stat(path.join(of, name))));
  return names.map((name, i) => `${name} ${stats[i]!.size} ${stats[i]!.mtimeMs}`).sort();
}

let laidOut: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aos-image-'));
  tree = path.join(folder, 'app');
  const workspace = await mkdtemp(path.join(folder, 'workspace-'));
  await writeWorkspace(workspace);
  [azure] = await Promise.all([startAzure(), layOutImage({ to: tree, workspace, mode: 'any' })]);
  laidOut = await listing(tree);
});

afterAll(async () => {
  await Promise.all(containers.map((container) => container.kill()));
  await azure?.dispose();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('the image in a container’s environment', () => {
  it('lets in whoever Entra ID has given a permission, and nobody else', async () => {
    const container = await start('guarded');
    const answers = await Promise.all([
      call(container, 'GET', '/api/health'),
      call(container, 'GET', '/api/agents'),
      call(container, 'GET', '/api/agents', { token: 'eyJhbGciOiJub25lIn0.e30.' }),
      call(container, 'GET', '/api/agents', { token: await azure.accessToken({ aud: 'https://storage.azure.com' }) }),
      call(container, 'GET', '/api/agents', { token: await azure.accessToken({ roles: ['AOS.Read'] }) }),
      ask(container, 'What comes next?', await azure.accessToken({ roles: ['AOS.Read'] })),
      ask(container, 'What comes next?'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 401, 200, 403, 200]);
    expect(answers.at(-1)!.body).toMatchObject({ agent_id: 'agent_0', engine: 'simulated' });
    expect(new Set(azure.identityAskedFor)).toEqual(new Set(['https://storage.azure.com']));
    await container.stop();
  });

  it('shares the shards among replicas; one that gets SIGTERM finishes, writes and goes, and nothing is lost', async () => {
    await using collector = await startCollector();
    const [leaving, staying] = await Promise.all([
      start('leaving', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: '1' }),
      start('staying'),
    ]);
    await eventually(async () => Object.values(await ownersOf(staying)).every((count) => count === 5));
    const sendRange = (from: number, to: number, through: (n: number) => Container) =>
      Promise.all(
        Array.from({ length: to - from }, (_, i) => {
          const n = from + i;
          return send(through(n), n % AGENTS, { type: 'Work', id: `work_${n}`, data: { n } });
        }),
      );
    expect(new Set(await sendRange(0, EVENTS / 2, (n) => (n % 2 ? leaving : staying)))).toEqual(new Set([202]));
    expect((await ask(leaving, 'What was the last thing you were asked?')).status).toBe(200);
    const [left] = await Promise.all([leaving.stop(), sendRange(EVENTS / 2, EVENTS, () => staying)]);

    expect(left.status).toBe(0);
    expect(left.ms).toBeLessThan(10_000);
    expect(leaving.log).toContain('drained: everything that was held is settled');
    const handled = await eventually(async () => {
      const numbers = await readRecord('handled');
      return new Set(numbers).size === EVENTS && numbers;
    });
    // What it held was settled: no event came twice.
    expect(handled).toHaveLength(EVENTS);
    await eventually(async () => (await ownersOf(staying)).staying === 10);

    const conversations = new TableClient(azure.tableUrl, CONVERSATIONS_TABLE, credential(), {
      tlsOptions: { ca: await readFile(certificateFile, 'utf8') },
    });
    const prompts: unknown[] = [];
    for await (const row of conversations.listEntities()) prompts.push(row.prompt);
    expect(prompts).toContain('What was the last thing you were asked?');
    // Metrics go out once a minute: these are the last ones, sent when it left.
    const metrics = collector.received
      .flatMap(({ body }) => body.resourceMetrics ?? [])
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
    expect(metrics).toContain('agent.requests.total');
    expect(collector.received.map((one) => one.path)).toContain('/v1/traces');
    await staying.stop();
  });

  it('leaves within 10 s though a handler hangs, and the next replica gets the event', async () => {
    const first = await start('first');
    expect(await send(first, 7, { type: 'Hang', id: 'hang' })).toBe(202);
    await eventually(async () => (await readRecord('hangs')).length === 1);
    const [left, next] = await Promise.all([first.stop(), start('next')]);
    expect(left.status).toBe(0);
    expect(left.ms).toBeLessThan(10_000);
    expect(first.log).toContain('the time to drain is over');
    await eventually(async () => (await readRecord('hangs')).length === 2);
    await next.kill();
  });

  it('is nobody special, and writes nothing into its own file tree', async () => {
    expect(imageSettings().user).toBe('1000:1000');
    expect(await listing(tree)).toEqual(laidOut);
  });
});

const credential = () => ({
  getToken: async () => ({ token: azure.storageToken(), expiresOnTimestamp: Date.now() + 3_600_000 }),
});
