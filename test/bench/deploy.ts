import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../runtime/core/clock.ts';
import { newSecret } from '../../runtime/core/ids.ts';
import { silentLogger } from '../../runtime/core/logger.ts';
import { ServiceBusManager } from '../../runtime/messaging/service-bus-manager.ts';
import { AccessTokens } from '../../runtime/server/auth/access-tokens.ts';
import { entraSettings } from '../../runtime/server/auth/entra-settings.ts';
import { getShardId } from '../../runtime/sharding/shard-id.ts';
import { layOutImage, MAX_IMAGE_BYTES } from '../../scripts/image-tree.mjs';
import { type Azure, startAzure } from '../integration/support/azure.ts';
import { type Container, startContainer } from '../integration/support/container.ts';
import { APP_ID, appClaims, newKey, sign, startIssuer, TENANT } from '../unit/server/auth/issuer.ts';
import { type Figure, interleave, medianQuantile, mib, ms, timed } from './support/figures.ts';
import { temporaryWorkspace } from './support/processes.ts';

const ROUNDS = 5;
const VALIDATIONS = 2000;
const REQUESTS = 100;
const SHARDS = 10;
const MESSAGES = 1000;
/** Long enough for all messages to be in hand before the first one is done; shorter than the time to drain. */
const HANDLER_MS = 4000;
/** A message that nobody has handled by then, since the next replica was ready, is lost. */
const LOST_AFTER_MS = 60_000;

/** The runtime as it is deployed: the image's file tree in a container's environment, beside stand-ins for Azure. */
export async function benchDeploy(boardroom: string): Promise<Figure[]> {
  const { folder, remove } = temporaryWorkspace();
  const tree = path.join(folder, 'app');
  try {
    const bytes = await layOutImage({ to: tree, workspace: boardroom });
    const size = { name: 'image tree, without Node', ours: mib(bytes), peer: `at most ${mib(MAX_IMAGE_BYTES)}` };
    return [await validation(), size, ...(await starting(tree)), ...(await draining(tree, folder))];
  } finally {
    remove();
  }
}

/** An access token with keys that are known, beside the bare check of its signature. */
async function validation(): Promise<Figure> {
  const key = await newKey('key-1');
  await using issuer = await startIssuer([key]);
  const settings = {
    ...entraSettings({ AOS_AUTH_AUDIENCE: APP_ID, AOS_AUTH_TENANT_ID: TENANT })!,
    keysUrl: issuer.url,
  };
  const tokens = new AccessTokens({ settings, clock: systemClock, logger: silentLogger });
  const token = await sign(key, appClaims(Math.floor(Date.now() / 1000) * 1000));
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const publicKey = await crypto.subtle.importKey('jwk', key.jwk as JsonWebKey, rsa, false, ['verify']);
  const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')));
  const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
  await timed(200, () => tokens.check(token, 'write'));
  const samples = await interleave(ROUNDS, {
    ours: () => timed(VALIDATIONS, () => tokens.check(token, 'write')),
    signature: () => timed(VALIDATIONS, () => crypto.subtle.verify(rsa, publicKey, signature, signed)),
  });
  const [ours, peer] = [medianQuantile(samples.ours, 0.99), medianQuantile(samples.signature, 0.99)];
  return {
    name: 'access token, keys cached, p99',
    ours: `${ms(ours)} (at most 1 ms)`,
    peer: `the signature alone ${ms(peer)}`,
    ratio: ours / peer,
  };
}

/** From the start of the process until it is ready for traffic; and a request with either kind of token. */
async function starting(tree: string): Promise<Figure[]> {
  const azure = await startAzure();
  const ownToken = newSecret();
  try {
    const starts = await interleave(ROUNDS, {
      ours: () =>
        timed(1, async () => {
          const container = await start(tree, `start-${newSecret()}`, azure);
          await container.kill();
        }),
      node: () => timed(1, async () => spawnSync(process.execPath, ['-e', '0'])),
    });
    const container = await start(tree, 'requests', azure, { AOS_TOKEN: ownToken });
    const accessToken = await azure.accessToken();
    const body = JSON.stringify({ agent_id: 'ceo', prompt: 'What comes next?' });
    const request = (token: string) => () =>
      timed(REQUESTS, async () => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        const answer = await fetch(`${container.url}/api/agent_infer`, { method: 'POST', headers, body });
        if (!answer.ok) throw new Error(await answer.text());
        await answer.arrayBuffer();
      });
    await request(accessToken)();
    const requests = await interleave(ROUNDS, { ours: request(accessToken), own: request(ownToken) });
    await container.stop();
    const [ready, node] = [medianQuantile(starts.ours, 0.5), medianQuantile(starts.node, 0.5)];
    const [entra, own] = [medianQuantile(requests.ours, 0.99), medianQuantile(requests.own, 0.99)];
    return [
      {
        name: 'process start to ready',
        ours: `${ms(ready)} (at most 2,000 ms)`,
        peer: `node -e 0 ${ms(node)}`,
        ratio: ready / node,
      },
      {
        name: 'ask answered by the cache, with an access token, p99',
        ours: `${ms(entra)} (at most 200 ms)`,
        peer: `with the token of the run ${ms(own)}`,
        ratio: entra / own,
      },
    ];
  } finally {
    await azure.dispose();
  }
}

async function start(tree: string, name: string, azure: Azure, env: Record<string, string> = {}): Promise<Container> {
  const container = await startContainer(tree, name, { ...azure.env, ...env });
  while ((await fetch(`${container.url}/api/health/ready`)).status !== 200) await pause(5);
  return container;
}

/** SIGTERM with as many messages in hand as a replica takes at most: 100 of each shard. */
async function draining(tree: string, folder: string): Promise<Figure[]> {
  const record = path.join(folder, 'record');
  const agents = agentsOfShards();
  writeFileSync(record, '');
  writeFileSync(
    path.join(folder, 'slow.ts'),
    `import { appendFileSync } from 'node:fs';
     import { defineAgent } from 'aos-studio';
     const write = (what: string) => appendFileSync(${JSON.stringify(record)}, what + '\\n');
     export const agent = defineAgent({ on: {
       Work: async (event: { id: string }) => {
         write('begun ' + event.id);
         await new Promise((resolve) => setTimeout(resolve, ${HANDLER_MS}));
         write('done ' + event.id);
       },
     } });`,
  );
  const definitions = agents.map((id) => ({ id, purpose: 'To be slow', handler: 'slow.ts' }));
  const config = { name: 'drain', runtime: { shards: SHARDS }, agents: definitions };
  writeFileSync(path.join(folder, 'aos.json'), JSON.stringify(config));
  const recorded = (what: string) =>
    readFileSync(record, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(what));

  const azure = await startAzure();
  const containers: Container[] = [];
  const run = async (name: string) => {
    const container = await start(tree, name, azure, { AOS_FOLDER: folder });
    containers.push(container);
    return container;
  };
  try {
    const leaving = await run('leaving');
    await send(azure.serviceBus, agents);
    while (recorded('begun').length < MESSAGES && leaving.running) await pause(20);
    const inHand = MESSAGES - recorded('done').length;
    const { ms: leftAfter, status } = await leaving.stop();
    if (status !== 0) throw new Error(`the replica ended with status ${status}:\n${leaving.log}`);
    await run('next');
    // Whatever was not settled comes again now.
    const unique = () => new Set(recorded('done')).size;
    const giveUpMs = performance.now() + LOST_AFTER_MS;
    while (unique() < MESSAGES && performance.now() < giveUpMs) await pause(20);
    const [lost, twice] = [MESSAGES - unique(), recorded('done').length - unique()];
    return [
      {
        name: `drain with ${inHand.toLocaleString('en')} messages in hand`,
        ours: `${ms(leftAfter)} (at most 10,000 ms)`,
      },
      { name: 'of these lost, and handled twice', ours: `${lost}, ${twice}` },
    ];
  } finally {
    await Promise.all(containers.map((container) => container.kill()));
    await azure.dispose();
  }
}

/** As many agents for each shard as it has messages in hand at most. */
function agentsOfShards(): string[] {
  const left = Array(SHARDS).fill(MESSAGES / SHARDS);
  const agents: string[] = [];
  for (let i = 0; agents.length < MESSAGES; i++) {
    const id = `agent_${i}`;
    if (left[getShardId(id, SHARDS)]-- > 0) agents.push(id);
  }
  return agents;
}

/** One event for each agent. */
async function send(connection: string, agents: readonly string[]): Promise<void> {
  const bus = new ServiceBusManager({ connection, numShards: SHARDS, logger: silentLogger });
  const sent_at = new Date().toISOString();
  const message = (agent_id: string) => ({ event_id: `event-${agent_id}`, agent_id, type: 'Work', sent_at });
  await Promise.all(agents.map((id) => bus.sendToShard(getShardId(id, SHARDS), message(id))));
  await bus.dispose();
}
