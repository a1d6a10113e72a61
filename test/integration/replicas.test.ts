import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { eventually, type System, useSystem, useTemporaryFolder } from './support/system.ts';

const AGENTS = 100;
const EVENTS = 1000;

/** A workspace whose agents write down every event they handle, in a file of their own. */
async function useRecorder(agents: number): Promise<{ folder: string; records: string }> {
  const folder = await useTemporaryFolder();
  const records = path.join(folder, 'records');
  await mkdir(records);
  await writeFile(
    path.join(folder, 'recorder.ts'),
    `import { appendFileSync } from 'node:fs';
     import { defineAgent } from 'aos-studio';
     export const agent = defineAgent({ on: {
       Work: (event: { data: { n: number } }, context) => { appendFileSync(${JSON.stringify(records)} + '/' + context.agentId, event.data.n + '\\n'); },
       Fail: () => { throw new RangeError('this event is poison'); },
     } });`,
  );
  const definitions = Array.from({ length: agents }, (_, i) => ({
    id: `agent_${i}`,
    purpose: `Task execution agent ${i}`,
    handler: 'recorder.ts',
  }));
  await writeFile(path.join(folder, 'aos.json'), JSON.stringify({ name: 'recorder', agents: definitions }));
  return { folder, records };
}

const shardsOf = async (system: System) =>
  (await system.api('GET', '/api/shards')).body as {
    shard: number;
    replica: string | null;
    agents: number;
    waiting: number;
  }[];

/** Resolves when all shards have an owner and the owners have as many as each other. */
const balanced = (system: System, replicas: number) =>
  eventually(async () => {
    const owners = (await shardsOf(system)).map((shard) => shard.replica);
    const counts = [...Map.groupBy(owners, (owner) => owner).entries()];
    return (
      counts.length === replicas &&
      counts.every(([owner, list]) => owner !== null && list.length >= Math.floor(10 / replicas)) &&
      counts
    );
  });

/** Sends a request again that a dying replica did not answer: the event’s id makes that safe. */
async function send(system: System, agent: number, n: number): Promise<void> {
  await eventually(async () => {
    const answer = await system.api('POST', `/api/agents/agent_${agent}/events`, {
      type: 'Work',
      data: { n },
      id: `event_${n}`,
    });
    return answer.status === 202;
  });
}

describe('two replicas', () => {
  it('take over from one that is killed under load: every event is handled, in order per agent', async () => {
    const { folder, records } = await useRecorder(AGENTS);
    const system = await useSystem(folder, ['--memory', '--replicas', '2', '--no-restart']);
    await balanced(system, 2);
    const shards = await shardsOf(system);
    expect(shards.reduce((sum, shard) => sum + shard.agents, 0)).toBe(AGENTS);
    expect(shards.every((shard) => shard.agents > 0)).toBe(true);

    // Ten senders; the events of one agent go out one after the other, as their order is the sender’s.
    const sender = async (start: number) => {
      for (let n = start; n < EVENTS; n += 10) {
        if (n === 500) process.kill(system.ready.pids.replicas[1]!, 'SIGKILL');
        await send(system, n % AGENTS, n);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, i) => sender(i)));

    const read = async (agent: number) => {
      const { readFile } = await import('node:fs/promises');
      const text = await readFile(path.join(records, `agent_${agent}`), 'utf8').catch(() => '');
      return text.split('\n').filter(Boolean).map(Number);
    };
    const handled = await eventually(async () => {
      const all = await Promise.all(Array.from({ length: AGENTS }, (_, i) => read(i)));
      return new Set(all.flat()).size === EVENTS && all;
    }, 60_000);
    for (const [agent, numbers] of handled.entries()) {
      // At least once: what the killed replica had handled and not settled may come again, never out of order.
      const first = numbers.filter((n, i) => numbers.indexOf(n) === i);
      expect(first).toEqual([...first].sort((a, b) => a - b));
      expect(first.every((n) => n % AGENTS === agent)).toBe(true);
    }
    const counts = await balanced(system, 1);
    expect(counts[0]![0]).toBe('replica-1');
  });

  it('start a killed replica again and share the shards with it', async () => {
    const { folder } = await useRecorder(5);
    const system = await useSystem(folder, ['--memory', '--replicas', '2']);
    await balanced(system, 2);
    process.kill(system.ready.pids.replicas[0]!, 'SIGKILL');
    await eventually(async () => {
      const replicas = (await system.api('GET', '/api/status')).body.replicas as { replica: string; pid: number }[];
      const again = replicas.find((r) => r.replica === 'replica-1');
      return again !== undefined && again.pid !== system.ready.pids.replicas[0];
    });
    await balanced(system, 2);
  });

  it('dead-letter a poison message with the reason, and go on with the rest', async () => {
    const { folder, records } = await useRecorder(2);
    const system = await useSystem(folder, ['--memory']);
    await system.api('POST', '/api/agents/agent_0/events', { type: 'Fail', id: 'poison' });
    await system.api('POST', '/api/agents/agent_0/events', { type: 'Work', data: { n: 1 } });
    await system.api('POST', '/api/agents/agent_1/events', { type: 'Work', data: { n: 2 } });

    const { readFile } = await import('node:fs/promises');
    expect(await eventually(() => readFile(path.join(records, 'agent_1'), 'utf8'))).toBe('2\n');
    // Its own later events wait for it, so that the order is kept, and are handled after it.
    expect(await eventually(() => readFile(path.join(records, 'agent_0'), 'utf8'))).toBe('1\n');

    const client = new ServiceBusClient(system.ready.serviceBus);
    const [dead] = await client
      .createReceiver('aos-agent-messages', { subQueueType: 'deadLetter' })
      .receiveMessages(1, { maxWaitTimeInMs: 5000 });
    expect(dead?.messageId).toBe('poison');
    expect(dead?.deadLetterReason).toBe('HandlerFailed');
    expect(dead?.deadLetterErrorDescription).toContain('RangeError: this event is poison');
    const outcomes = await client
      .createReceiver('agent-events', 'default-subscription')
      .receiveMessages(3, { maxWaitTimeInMs: 5000 });
    expect(outcomes.map((m) => m.subject).sort()).toEqual(['Fail.failed', 'Work.handled', 'Work.handled']);
    expect(outcomes.find((m) => m.subject === 'Fail.failed')).toMatchObject({ correlationId: 'poison' });
    await client.close();
    const agent = await eventually(async () => {
      const { body } = await system.api('GET', '/api/agents/agent_0');
      return body.wake_count === 11 && body;
    });
    expect(agent).toMatchObject({ state: 'asleep', last_event: { type: 'Work', outcome: 'handled' } });
  });
});

describe('100 agents', () => {
  it('are registered over HTTP and spread over 10 shards and 2 replicas (R11)', async () => {
    const folder = await useTemporaryFolder();
    await writeFile(path.join(folder, 'aos.json'), JSON.stringify({ name: 'hundred' }));
    const system = await useSystem(folder, ['--memory', '--replicas', '2']);
    for (let i = 0; i < AGENTS; i++) {
      const body = { agent_id: `agent_${i}`, purpose: `Task execution agent ${i}`, adapter_name: `agent_${i}` };
      expect((await system.api('POST', '/api/register_agent', body)).status).toBe(201);
    }
    await balanced(system, 2);
    const agents = (await system.api('GET', '/api/agents')).body as { shard: number; replica: string }[];
    expect(agents).toHaveLength(AGENTS);
    expect(new Set(agents.map((agent) => agent.shard)).size).toBe(10);
    expect(new Set(agents.map((agent) => agent.replica))).toEqual(new Set(['replica-1', 'replica-2']));
  });
});
