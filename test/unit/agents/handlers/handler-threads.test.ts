import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ContextCalls, contextOver, type HostedContext } from '../../../../runtime/agents/agent-context.ts';
import type { AgentEvent } from '../../../../runtime/agents/define-agent.ts';
import { HandlerThreads } from '../../../../runtime/agents/handlers/handler-threads.ts';
import { systemClock } from '../../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../../runtime/core/logger.ts';

async function workspace(files: Record<string, string>) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aos-handlers-'));
  const threads = new HandlerThreads({ folder, clock: systemClock, memoryMb: 48 });
  onTestFinished(async () => {
    await threads.dispose();
    await rm(folder, { recursive: true });
  });
  let modified = 1_700_000_000;
  const write = async (file: string, text: string) => {
    await writeFile(path.join(folder, file), text);
    await utimes(path.join(folder, file), modified, modified++);
  };
  for (const [file, text] of Object.entries(files)) await write(file, text);
  const run = async (
    file: string,
    type: string,
    given: { signal?: AbortSignal; data?: unknown; onAsk?: () => void } = {},
  ) => {
    const { on } = await threads.load(file);
    const event: AgentEvent = { id: 'e1', type, data: given.data, attempt: 1 };
    return on[type]!(event, context(given.signal, given.onAsk));
  };
  return { threads, write, run };
}

const records: LogRecord[] = [];

function context(signal = new AbortController().signal, onAsk?: () => void): HostedContext {
  const unused = () => Promise.reject(new Error('not for this test'));
  const values = new Map<string, { value: unknown; version: string }>();
  const calls: ContextCalls = {
    ...{ infer: unused, send: unused, schedule: unused, cancel: unused, publish: unused },
    ask: async (other, prompt) => {
      onAsk?.();
      if (other === 'nobody')
        throw Object.assign(new Error('There is no agent nobody.'), { code: 'AOS_AGENT_NOT_FOUND' });
      return `${other} says: ${prompt}`;
    },
    readState: async (key) => values.get(key),
    writeState: async (key, value, version) => {
      if (values.get(key)?.version !== version) return false;
      values.set(key, { value, version: `${Number(version ?? 0) + 1}` });
      return true;
    },
    ...{
      deleteState: unused,
      listState: unused,
      addMemory: unused,
      listMemories: unused,
      clearMemory: unused,
      listGoals: unused,
      reportGoal: unused,
      callTool: unused,
      listTools: unused,
    },
  };
  const log = createLogger({ scope: 'agent.ceo', write: (record) => records.push(record) });
  return contextOver(calls, { agentId: 'ceo', purpose: 'lead', signal, log });
}

const agent = (handlers: string) => `import { defineAgent } from 'aos-studio';
export const agent = defineAgent({ on: { ${handlers} } });`;

describe('handlers in their threads', () => {
  it('work with their event and the context, and give their result back', async () => {
    const { run } = await workspace({
      'a.ts': agent(`async Ask(event: { data: { whom: string } }, { ask, agentId, log }) {
        log.info('asking', { whom: event.data.whom });
        return { by: agentId, heard: await ask(event.data.whom, 'why?') };
      }`),
    });
    expect(await run('a.ts', 'Ask', { data: { whom: 'cfo' } })).toEqual({ by: 'ceo', heard: 'cfo says: why?' });
    expect(records.at(-1)).toMatchObject({ scope: 'agent.ceo', message: 'asking', fields: { whom: 'cfo' } });
    await expect(run('a.ts', 'Ask', { data: { whom: 'nobody' } })).rejects.toMatchObject({
      code: 'AOS_AGENT_NOT_FOUND',
      message: 'There is no agent nobody.',
    });
  });

  it('keep a state, changed by functions that stay in their thread', async () => {
    const { run } = await workspace({
      'a.ts': agent(`async Count(event: unknown, { state }) {
        const add = (count = 0) => count + 1;
        await state.update('count', add);
        return { count: await state.update('count', add), other: await state.get('other') };
      }`),
    });
    expect(await run('a.ts', 'Count')).toEqual({ count: 2 });
  });

  it('fail with their own error, and with a clear one when the result is not JSON', async () => {
    const { run } = await workspace({
      'a.js': agent(`Throw() { throw new RangeError('too far'); }, Odd() { return 1n; }`),
    });
    await expect(run('a.js', 'Throw')).rejects.toMatchObject({ name: 'RangeError', message: 'too far' });
    await expect(run('a.js', 'Odd')).rejects.toThrow('returned something that is not JSON');
  });

  it('are loaded anew when that is asked for, though their file has not changed', async () => {
    const { threads, run } = await workspace({
      'a.ts': `let calls = 0;\n${agent('Count: () => ++calls')}`,
    });
    expect([await run('a.ts', 'Count'), await run('a.ts', 'Count')]).toEqual([1, 2]);
    threads.renew('a.ts');
    threads.renew('never-loaded.ts');
    expect(await run('a.ts', 'Count')).toBe(1);
  });

  it('are loaded anew when their file has changed, while the old version finishes what it runs', async () => {
    const asked = Promise.withResolvers<void>();
    const { run, write } = await workspace({
      'a.js': agent(
        `async Slow(event, { ask }) { await ask('cfo', 'x'); await new Promise((r) => setTimeout(r, 200)); return 'old'; }`,
      ),
    });
    const old = run('a.js', 'Slow', { onAsk: asked.resolve });
    await asked.promise;
    await write('a.js', agent(`Slow() { return 'new'; }`));
    expect(await run('a.js', 'Slow')).toBe('new');
    expect(await old).toBe('old');
  });

  it('that loop lose their thread when their time is over, and the next event gets another one', async () => {
    const { run } = await workspace({ 'a.js': agent(`Loop() { for (;;); }, Ping() { return 'pong'; }`) });
    const over = AbortSignal.timeout(100);
    await expect(run('a.js', 'Loop', { signal: over })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await run('a.js', 'Ping')).toBe('pong');
  });

  it('that ignore their signal lose the event, not the thread', async () => {
    const { run } = await workspace({
      'a.js': agent(
        `Hang() { return new Promise(() => {}); }, Ping() { return (globalThis.pings = (globalThis.pings ?? 0) + 1); }`,
      ),
    });
    expect(await run('a.js', 'Ping')).toBe(1);
    await expect(run('a.js', 'Hang', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(await run('a.js', 'Ping')).toBe(2);
  });

  it('that end their thread fail their events and nothing else', async () => {
    const { run } = await workspace({
      'a.js': agent(
        `Exit() { process.exit(3); }, Leak() { const all = []; for (;;) all.push(new Array(1e5).fill({})); }`,
      ),
      'b.js': agent(`Ping() { return 'pong'; }`),
    });
    await expect(run('a.js', 'Exit')).rejects.toMatchObject({
      code: 'AOS_HANDLER_FAILED',
      message: expect.stringContaining('a.js was lost'),
    });
    await expect(run('a.js', 'Leak')).rejects.toMatchObject({ code: 'AOS_HANDLER_FAILED' });
    expect(await run('b.js', 'Ping')).toBe('pong');
  });

  it('that cannot be loaded say why', async () => {
    const { threads, write } = await workspace({ 'bad.ts': 'const = ;', 'none.js': 'export const x = 1;' });
    await expect(threads.load('bad.ts')).rejects.toMatchObject({ code: 'AOS_HANDLER_LOAD' });
    await expect(threads.load('none.js')).rejects.toThrow('exports no agent');
    await expect(threads.load('missing.js')).rejects.toThrow('could not be loaded');
    await expect(threads.load('../outside.js')).rejects.toThrow('lies outside of the workspace');
    await write('bad.ts', agent(`Ping() { return 'pong'; }`));
    expect(Object.keys((await threads.load('bad.ts')).on)).toEqual(['Ping']);
  });
});
