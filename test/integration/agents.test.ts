import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { getShardId } from '../../runtime/sharding/shard-id.ts';
import { aos, BOARDROOM, eventually, type System, useSystem, useTemporaryFolder } from './support/system.ts';

async function useWorkspace(agents: object[], files: Record<string, string>): Promise<string> {
  const folder = await useTemporaryFolder();
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  await writeFile(path.join(folder, 'aos.json'), JSON.stringify({ name: 'agents', agents }));
  return folder;
}

const handler = (body: string) => `import { defineAgent } from 'aos-studio';
export const agent = defineAgent({ on: { ${body} } });`;

const agentOf = async (system: System, id: string) => (await system.api('GET', `/api/agents/${id}`)).body;

/** Resolves when the agent has handled so many events. */
const handled = (system: System, id: string, wakes: number) =>
  eventually(async () => {
    const agent = await agentOf(system, id);
    return agent.wake_count >= wakes && agent.state !== 'running' && agent;
  });

describe('agents of a workspace', () => {
  it('keep state and memory, and send themselves events, over a change of their file', async () => {
    const counter = (step: number) =>
      handler(`async Count(event, { state, memory, schedule }) {
        const count = await state.update('count', (before = 0) => before + ${step});
        await memory.add({ count });
        if (count === 1) await schedule('Count', null, { afterMs: 300 });
      },
      async Report(event, { state, memory, publish }) {
        await state.set('report', { count: await state.get('count'), memories: (await memory.list()).map(({ content }) => content.count) });
      },
      async Check(event, { state }) { const report = await state.get('report'); if (JSON.stringify(report) !== event.data) throw new Error(JSON.stringify(report)); }`);
    const folder = await useWorkspace([{ id: 'counter', purpose: 'Count.', handler: 'counter.ts' }], {
      'counter.ts': counter(1),
    });
    const system = await useSystem(folder);
    const send = (type: string, data?: unknown) => system.api('POST', '/api/agents/counter/events', { type, data });
    await send('Count');
    await handled(system, 'counter', 2);
    await writeFile(path.join(folder, 'counter.ts'), counter(40));
    await send('Count');
    await handled(system, 'counter', 3);
    await send('Report');
    await send('Check', JSON.stringify({ count: 42, memories: [42, 2, 1] }));
    const agent = await handled(system, 'counter', 5);
    expect(agent).toMatchObject({ last_event: { type: 'Check', outcome: 'handled' }, last_error: null });
  });

  it('say how far their goals are reached', async () => {
    const goals = [
      { id: 'budget', description: 'Have a budget.' },
      { id: 'hire', description: 'Hire a CTO.' },
    ];
    const folder = await useWorkspace([{ id: 'ceo', purpose: 'Lead.', handler: 'ceo.ts', goals }], {
      'ceo.ts': handler(`async Plan(event, { goals }) {
        await goals.report('budget', 0.5, 'half of it');
        const refused = await goals.report('sell', 1).catch(({ message }) => message);
        await goals.report('hire', 1, refused);
      }`),
    });
    const system = await useSystem(folder);
    expect((await agentOf(system, 'ceo')).goals[0]).toMatchObject({ id: 'budget', progress: 0, updated_at: null });
    await system.api('POST', '/api/agents/ceo/events', { type: 'Plan' });
    await handled(system, 'ceo', 1);
    expect((await agentOf(system, 'ceo')).goals).toMatchObject([
      { id: 'budget', description: 'Have a budget.', progress: 0.5, note: 'half of it' },
      { id: 'hire', progress: 1, note: 'ceo has no goal "sell"; its goals in aos.json: budget, hire.' },
    ]);
  });

  it('are there two seconds after their file and their entry were saved', async () => {
    const folder = await useWorkspace([], {});
    const system = await useSystem(folder);
    const config = JSON.parse(await readFile(path.join(folder, 'aos.json'), 'utf8'));
    await writeFile(path.join(folder, 'mentor.ts'), handler(`Ask: (event) => ({ advice: 'Sleep on it.' })`));
    config.agents.push({ id: 'mentor', purpose: 'Advise.', handler: 'mentor.ts' });
    const savedAt = performance.now();
    await writeFile(path.join(folder, 'aos.json'), JSON.stringify(config));
    await eventually(async () => (await system.api('GET', '/api/agents')).body.length === 1);
    await system.api('POST', '/api/agents/mentor/events', { type: 'Ask' });
    await handled(system, 'mentor', 1);
    // On an idle machine about half a second.
    expect(performance.now() - savedAt).toBeLessThan(10_000);
  });

  it('are stopped and started: what is sent meanwhile waits in the shard, though its replica is killed', async () => {
    const shard = getShardId('writer', 10);
    const neighbour = Array.from({ length: 100 }, (_, i) => `n${i}`).find((id) => getShardId(id, 10) === shard)!;
    const folder = await useWorkspace(
      ['writer', neighbour].map((id) => ({ id, purpose: 'Write.', handler: 'note.ts' })),
      {
        'note.ts': `import { appendFile } from 'node:fs/promises';
          const note = (text, agentId) => appendFile(new URL(agentId + '.txt', import.meta.url), text + ' ');
          ${handler(`Note: (event, { agentId }) => note(event.data, agentId),
            async Think(event, { agentId, infer }) {
              await note('thinks', agentId);
              await infer('What do you make of it?');
              await note('thought', agentId);
            }`)}`,
      },
    );
    const notes = (id: string) => readFile(path.join(folder, `${id}.txt`), 'utf8').catch(() => '');
    const system = await useSystem(folder, ['--memory', '--replicas', '2']);
    const send = (id: string, data: number, type = 'Note') =>
      system.api('POST', `/api/agents/${id}/events`, { type, data });
    const holder = async () => {
      const { replicas } = (await system.api('GET', '/api/status')).body;
      return replicas.find(({ shards }: { shards: number[] }) => shards.includes(shard)) as { pid: number } | undefined;
    };

    const stopped = await aos(system, ['agents', 'stop', 'writer', '--json']);
    expect(JSON.parse(stopped.stdout)).toEqual({ agent_id: 'writer', state: 'stopped' });
    for (let n = 0; n < 5; n++) await send('writer', n);
    await send(neighbour, 0);
    await eventually(async () => (await notes(neighbour)) === '0 ');
    const { status, body } = await eventually(async () => {
      const answer = await system.api('POST', '/api/agent_infer', { agent_id: 'writer', prompt: 'Hello' });
      return answer.status !== 200 && answer;
    });
    expect({ status, ...body }).toMatchObject({ status: 409, code: 'AOS_AGENT_STOPPED' });

    const first = (await eventually(holder)).pid;
    process.kill(first, 'SIGKILL');
    await eventually(async () => {
      const pid = (await holder())?.pid;
      return pid !== undefined && pid !== first;
    });
    expect(await agentOf(system, 'writer')).toMatchObject({ state: 'stopped', wake_count: 0 });
    expect(await notes('writer')).toBe('');
    await eventually(async () => (await system.api('GET', '/api/shards')).body[shard].waiting === 5);

    const started = await system.api('POST', '/api/agents/writer/start');
    expect(started.status).toBe(202);
    expect(started.body.state).not.toBe('stopped');
    await send('writer', 5);
    await handled(system, 'writer', 6);
    expect(await notes('writer')).toBe('0 1 2 3 4 5 ');

    // What it handles it finishes, its own prompts included.
    await send('writer', 6, 'Think');
    await eventually(async () => (await notes('writer')).endsWith('thinks '));
    await system.api('POST', '/api/agents/writer/stop');
    await eventually(async () => (await agentOf(system, 'writer')).state === 'stopped');
    expect(await notes('writer')).toBe('0 1 2 3 4 5 thinks thought ');
    expect(await agentOf(system, 'writer')).toMatchObject({ wake_count: 7, last_event: { outcome: 'handled' } });
    expect((await system.api('POST', '/api/agents/nobody/stop')).status).toBe(404);
  });

  it('move when the number of replicas is changed while they run', async () => {
    const folder = await useWorkspace([{ id: 'ceo', purpose: 'Lead.' }], {});
    const system = await useSystem(folder, ['--memory', '--replicas', '1']);
    const shardsBy = async () => {
      const { replicas } = (await system.api('GET', '/api/status')).body;
      return replicas.map(({ shards }: { shards: number[] }) => shards.length).sort();
    };
    const settled = (wanted: number[]) =>
      eventually(async () => JSON.stringify(await shardsBy()) === JSON.stringify(wanted));
    await settled([10]);
    expect((await system.api('POST', '/api/replicas', { replicas: 3 })).status).toBe(202);
    await settled([3, 3, 4]);
    await system.api('POST', '/api/replicas', { replicas: 1 });
    await settled([10]);
    expect((await system.api('POST', '/api/replicas', { replicas: 0 })).status).toBe(422);
  });
});

describe('the trace of an event', () => {
  it('shows every hop: the request, the handler, the agents that were asked, and the calls of the model', async () => {
    const system = await useSystem(BOARDROOM);
    await system.api('POST', '/api/agents/ceo/events', { type: 'DecisionRequested', data: { topic: 'budget' } });
    const spans = await eventually(async () => {
      const handling = (await system.api('GET', '/api/traces?name=handle_event&agent_id=ceo')).body;
      if (handling.length === 0) return undefined;
      const trace = (await system.api('GET', `/api/traces?trace_id=${handling[0].trace_id}&limit=1000`)).body;
      return trace.some(({ name }: { name: string }) => name.startsWith('POST')) && trace;
    });
    const names = spans.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'POST /api/agents/:id/events',
        'handle_event ceo',
        ...['ceo', 'cfo', 'cto', 'coo'].flatMap((agent) => [`invoke_agent ${agent}`, `chat ${agent}`]),
      ]),
    );
    const ids = new Set(spans.map(({ span_id }: { span_id: string }) => span_id));
    const orphans = spans.filter(
      ({ parent_span_id }: { parent_span_id: string | null }) => parent_span_id !== null && !ids.has(parent_span_id),
    );
    expect(orphans).toEqual([]);
    const errors = (await system.api('GET', '/api/traces?status=bad')).status;
    expect(errors).toBe(422);
    const prometheus = await fetch(`${system.ready.http}/api/metrics/prometheus`, {
      headers: { authorization: `Bearer ${system.ready.token}` },
    });
    expect(await prometheus.text()).toMatch(/agent_requests_total/);
  });
});
