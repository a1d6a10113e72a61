import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { type LauncherEvent, launcherEventSchema, type Ready } from '../../runtime/contracts/launcher.ts';
import { aos, BOARDROOM, eventually, isRunning, ROOT, useSystem, useTemporaryFolder } from './support/system.ts';

describe('aos up', () => {
  it('runs the boardroom: a request becomes a decision on agent-events', async () => {
    const system = await useSystem(BOARDROOM);
    const asked = await aos(system, ['ask', 'ceo', 'What are our Q2 goals?', '--json']);
    expect(JSON.parse(asked.stdout)).toMatchObject({ agent_id: 'ceo', cached: false, engine: 'simulated' });
    const again = await aos(system, ['ask', 'ceo', 'What are our Q2 goals?', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ cached: 'exact' });

    const sent = await aos(system, ['send', 'ceo', 'DecisionRequested', '{"topic":"budget"}', '--json']);
    const { event_id } = JSON.parse(sent.stdout);
    const client = new ServiceBusClient(system.ready.serviceBus);
    const events = await client
      .createReceiver('agent-events', 'default-subscription')
      .receiveMessages(2, { maxWaitTimeInMs: 30_000 });
    await client.close();
    const decision = events.find((event) => event.subject === 'DecisionMade');
    expect(decision?.body).toMatchObject({
      agent_id: 'ceo',
      type: 'DecisionMade',
      data: { request: event_id, topic: 'budget' },
    });
    expect(decision?.body.data.advice).toHaveLength(3);
    const ceo = await eventually(async () => {
      const { body } = await system.api('GET', '/api/agents/ceo');
      return body.wake_count === 1 && body.state === 'asleep' && body;
    });
    expect(ceo.last_event).toMatchObject({ event_id, type: 'DecisionRequested', outcome: 'handled' });
  });

  it('says in one line what is wrong, and ends with a status other than 0', async () => {
    const folder = await useTemporaryFolder();
    const env = { env: { ...process.env, AOS_HOME: folder } };
    expect(await aos(env, ['up', folder])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^aos: There is no aos\.json in .*\n$/),
    });
    await writeFile(path.join(folder, 'aos.json'), '{\n "name": "x",\n "agents": 3 }');
    expect(await aos(env, ['up', folder])).toMatchObject({
      code: 1,
      stderr: 'aos: aos.json line 3: agents must be array (AOS_CONFIG_INVALID)\n',
    });
    expect(await aos(env, ['ask', 'ceo', 'x'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No runtime is running'),
    });
    expect(await aos(env, ['up', folder, '--replicas', 'many'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('whole number'),
    });
  });

  it('keeps agents, wakes and conversations in its data folder over a restart', async () => {
    const data = await useTemporaryFolder();
    const first = await useSystem(BOARDROOM, ['--data', data, '--replicas', '1']);
    await first.api('POST', '/api/register_agent', { agent_id: 'mentor', purpose: 'Ask the question nobody asks.' });
    await first.api('POST', '/api/agents/mentor/events', { type: 'Hello' });
    await eventually(async () => (await first.api('GET', '/api/agents/mentor')).body.last_event?.outcome === 'handled');
    expect(await first.stop()).toBe(0);

    const second = await useSystem(BOARDROOM, ['--data', data, '--replicas', '1']);
    const { body } = await second.api('GET', '/api/agents/mentor');
    expect(body).toMatchObject({ purpose: 'Ask the question nobody asks.', wake_count: 1, origin: 'api' });
    expect(body.usage.requests).toBe(1);
    const { samples } = (await second.api('GET', '/api/metrics/history?name=aos.agent.registrations')).body;
    expect(samples).toMatchObject([{ counters: [{ name: 'aos.agent.registrations', value: 1 }] }]);
  });

  it('refuses a data folder that another system holds, and names its process', async () => {
    const data = await useTemporaryFolder();
    const first = await useSystem(BOARDROOM, ['--data', data, '--replicas', '1']);
    const second = await aos(first, ['up', BOARDROOM, '--port', '0', '--data', data]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('AOS_DATA_LOCKED');
    expect(second.stderr).toContain(String(first.ready.pids.cloud));
  });

  it('takes the next free port when one is in use, and every client is told', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const system = await useSystem(BOARDROOM, ['--memory', '--replicas', '1', '--port', String(port)]);
    expect(system.ready.http).not.toBe(`http://127.0.0.1:${port}`);
    expect((await aos(system, ['agents'])).stdout).toContain('ceo');
    taken.close();
  });

  it('keeps the last good configuration when aos.json breaks, and says what is wrong', async () => {
    const folder = await useTemporaryFolder();
    await cp(BOARDROOM, folder, { recursive: true });
    const file = path.join(folder, 'aos.json');
    const good = await readFile(file, 'utf8');
    const system = await useSystem(folder, ['--memory', '--replicas', '1']);
    await writeFile(file, good.replace('"adapter": "ceo"', '"adapter": "cep"'));
    const status = await eventually(async () => {
      const { body } = await system.api('GET', '/api/status');
      return body.config_error !== null && body;
    });
    expect(status.config_error).toMatch(
      /aos\.json line \d+: agents\[0\]\.adapter names adapter cep, which does not exist\. Did you mean ceo\?/,
    );
    expect((await system.api('GET', '/api/agents')).body).toHaveLength(5);

    const added = JSON.parse(good);
    added.agents.push({ id: 'cso', purpose: 'Sell what we make.' });
    await writeFile(file, JSON.stringify(added));
    await eventually(async () => (await system.api('GET', '/api/agents')).body.length === 6);
    expect((await system.api('GET', '/api/status')).body.config_error).toBeNull();
  });

  it('leaves nothing behind when the process that forked it is gone, or when it is killed itself', async () => {
    const home = await useTemporaryFolder();
    const start = async () => {
      const launcher = fork(
        path.join(ROOT, 'dist/runtime/main.js'),
        ['up', BOARDROOM, '--memory', '--port', '0', '--json'],
        {
          silent: true,
          env: { ...process.env, AOS_HOME: home },
        },
      );
      const ready = await new Promise<Ready>((resolve) => {
        launcher.on('message', (message) => {
          const event: LauncherEvent = launcherEventSchema.parse(message);
          if (event.type === 'ready') resolve(event.ready);
        });
      });
      return { launcher, pids: [ready.pids.launcher, ready.pids.cloud, ...ready.pids.replicas] };
    };
    const orphaned = await start();
    orphaned.launcher.disconnect();
    await eventually(async () => !orphaned.pids.some(isRunning));

    const killed = await start();
    killed.launcher.kill('SIGKILL');
    await eventually(async () => !killed.pids.some(isRunning));
  });
});
