import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BOARDROOM, eventually, type System, useSystem, useTemporaryFolder } from './support/system.ts';

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
