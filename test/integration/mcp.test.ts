import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ToolServers } from '../../runtime/agents/tools/tool-servers.ts';
import { mcpServersSchema } from '../../runtime/contracts/tools.ts';
import { isRunning } from './support/system.ts';
import { useHttpToolBox } from './support/tool-box/http-server.ts';
import { KEY, stdioBox } from './support/tool-box/stdio-box.ts';
import { useToolServers } from './support/tool-box/use-tool-servers.ts';

const pidOf = async (tools: ToolServers) => Number((await tools.call('box', 'pid')).text);

describe('an MCP server over stdio', () => {
  it('is started once, at the first use, and lists and runs its tools', async () => {
    const { tools, log } = useToolServers({ box: stdioBox() });
    expect(log()).toBe('');
    const [listed, sum] = await Promise.all([tools.listTools('box'), tools.call('box', 'add', { a: 2, b: 3 })]);
    expect(listed.find(({ name }) => name === 'add')).toMatchObject({
      description: 'Adds two numbers',
      inputSchema: { required: ['a', 'b'] },
    });
    expect(sum.text).toBe('5');
    expect((await tools.call('box', 'forecast')).structured).toEqual({ days: ['sun', 'rain'] });
    expect(await pidOf(tools)).toBe(await pidOf(tools));
    expect(log().match(/is ready/g)).toHaveLength(1);
  });

  it('gets the secrets that its env names, and nothing else of our environment', async () => {
    process.env.AOS_TOKEN_OF_TEST = 'not for tools';
    const { tools } = useToolServers({ box: stdioBox() });
    const seen = async (name: string) => (await tools.call('box', 'environment', { name })).text;
    expect(await seen('TOOL_BOX_KEY')).toBe(KEY);
    expect(await seen('AOS_TOKEN_OF_TEST')).toBe('not set');
  });

  it('is not started without a secret that it needs', async () => {
    const { tools } = useToolServers({ box: stdioBox({ env: { TOOL_BOX_KEY: 'env:MISSING' } }) });
    await expect(tools.call('box', 'pid')).rejects.toMatchObject({
      code: 'AOS_CONFIG_INVALID',
      message: 'mcp_servers.box.env.TOOL_BOX_KEY of aos.json is not set',
    });
  });

  it('fails a call with what the tool says, without the secret it repeats', async () => {
    const { tools } = useToolServers({ box: stdioBox() });
    await expect(tools.call('box', 'refuse')).rejects.toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: 'The tool box/refuse failed: no, not with ***',
    });
    await expect(tools.call('box', 'add', { a: 'two' })).rejects.toMatchObject({ code: 'AOS_TOOL_FAILED' });
    await expect(tools.call('box', 'unheard-of')).rejects.toMatchObject({ code: 'AOS_TOOL_FAILED' });
  });

  it('starts again after a crash, and says why it crashed', async () => {
    const { tools, log } = useToolServers({ box: stdioBox() });
    const before = await pidOf(tools);
    await expect(tools.call('box', 'crash')).rejects.toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: expect.stringMatching(/^The MCP server box was lost while it ran crash: .*out of luck, key \*\*\*/),
    });
    expect(await pidOf(tools)).not.toBe(before);
    expect(log()).toContain('out of luck');
    expect(log()).not.toContain(KEY);
  });

  it('ends a call that takes too long, and keeps the server that only this call waits for', async () => {
    const { tools } = useToolServers({ box: stdioBox() });
    const pid = await pidOf(tools);
    await expect(tools.call('box', 'wait', {}, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'AOS_DEADLINE',
      message: expect.stringContaining('box did not answer while it ran wait'),
    });
    expect(await pidOf(tools)).toBe(pid);
  });

  it('ends a call with the reason of the caller who gives it up', async () => {
    const { tools } = useToolServers({ box: stdioBox() });
    await pidOf(tools);
    const controller = new AbortController();
    const call = tools.call('box', 'wait', {}, { signal: controller.signal });
    controller.abort(new Error('the shard is gone'));
    await expect(call).rejects.toThrow('the shard is gone');
  });

  it('kills a server that hangs as a whole, and starts another', async () => {
    const { tools, log } = useToolServers({ box: stdioBox() });
    const hanging = await pidOf(tools);
    await expect(tools.call('box', 'block', {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'AOS_DEADLINE' });
    await expect.poll(() => log(), { timeout: 5000 }).toContain('hangs and is ended');
    expect(await pidOf(tools)).not.toBe(hanging);
    await expect.poll(() => isRunning(hanging), { timeout: 6000 }).toBe(false);
  });

  it('refuses an answer that is too large, and goes on', async () => {
    const { tools } = useToolServers({ box: stdioBox({ max_output_bytes: 2048 }) });
    const pid = await pidOf(tools);
    await expect(tools.call('box', 'talk', { bytes: 4000 })).rejects.toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: expect.stringMatching(
        /box\/talk answered with 3\.9 KiB, and max_output_bytes of its server allows 2 KiB/,
      ),
    });
    expect(await pidOf(tools)).toBe(pid);
  });

  it('does not even read an answer that is many times too large', async () => {
    const { tools } = useToolServers({ box: stdioBox({ max_output_bytes: 2048 }) });
    const pid = await pidOf(tools);
    await expect(tools.call('box', 'talk', { bytes: 50_000_000 })).rejects.toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: expect.stringContaining('exceeded maximum size of 8192 bytes'),
    });
    expect(await pidOf(tools)).not.toBe(pid);
  });

  it('says what to check when it cannot be started', async () => {
    const missing = stdioBox({ command: 'no-such-program-4711' });
    const silent = stdioBox({ args: ['-e', 'setInterval(() => 0, 1000)'], start_timeout_seconds: 0.3 });
    const { tools } = useToolServers({ missing, silent });
    await expect(tools.call('missing', 'pid')).rejects.toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: expect.stringMatching(
        /missing could not be started: spawn no-such-program-4711 ENOENT\. Check mcp_servers\.missing/,
      ),
    });
    await expect(tools.listTools('silent')).rejects.toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: expect.stringContaining('silent could not be started: MCP error -32001: Request timed out'),
    });
  });
});

describe('an MCP server with streamable HTTP', () => {
  const httpBox = (url: string, settings: object = {}) => ({
    type: 'http',
    url,
    headers: { Authorization: 'env:BOX_KEY' },
    ...settings,
  });

  it.each([{ json: true }, { json: false }])(
    'lists and runs its tools in one session, with its headers: %o',
    async (options) => {
      const box = await useHttpToolBox(options);
      const { tools } = useToolServers({ box: httpBox(box.url) });
      expect((await tools.listTools('box')).map(({ name }) => name)).toContain('add');
      expect((await tools.call('box', 'add', { a: 2, b: 3 })).text).toBe('5');
      expect(box.sessions.size).toBe(1);
      expect(new Set(box.requests.map(({ authorization }) => authorization))).toEqual(new Set([KEY]));
    },
  );

  it('ends its session when it is disposed', async () => {
    const box = await useHttpToolBox();
    const { tools } = useToolServers({ box: httpBox(box.url) });
    await tools.listTools('box');
    await tools.dispose();
    expect(box.sessions.size).toBe(0);
  });

  it('opens a new session when the server has forgotten the old one', async () => {
    const box = await useHttpToolBox();
    const { tools } = useToolServers({ box: httpBox(box.url) });
    await tools.listTools('box');
    box.sessions.clear();
    expect((await tools.call('box', 'add', { a: 1, b: 1 })).text).toBe('2');
  });

  it('is reached again after a restart', async () => {
    const first = await useHttpToolBox();
    const { tools } = useToolServers({ box: httpBox(first.url) });
    await tools.listTools('box');
    await first.stop();
    await expect(tools.listTools('box')).rejects.toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: expect.stringContaining('box failed while it listed its tools: fetch failed'),
    });
    await useHttpToolBox({ port: Number(new URL(first.url).port) });
    expect((await tools.call('box', 'add', { a: 1, b: 1 })).text).toBe('2');
  });

  it('gives up the session of a call that takes too long, once the other calls in it are done', async () => {
    const box = await useHttpToolBox();
    const { tools } = useToolServers({ box: httpBox(box.url) });
    await tools.listTools('box');
    const patient = tools.call('box', 'pause', { ms: 200 });
    await expect(tools.call('box', 'wait', {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'AOS_DEADLINE' });
    expect((await patient).text).toBe('rested');
    await expect.poll(() => box.sessions.size).toBe(0);
    expect((await tools.call('box', 'add', { a: 1, b: 1 })).text).toBe('2');
  });

  it.each([{ json: true }, { json: false }])(
    'does not even read an answer that is many times too large: %o',
    async (options) => {
      const box = await useHttpToolBox(options);
      const { tools } = useToolServers({ box: httpBox(box.url, { max_output_bytes: 2048 }) });
      await expect(tools.call('box', 'talk', { bytes: 5_000_000 })).rejects.toMatchObject({
        code: 'AOS_TOOL_FAILED',
        message: expect.stringContaining('longer than 8192 bytes'),
      });
      expect((await tools.call('box', 'add', { a: 1, b: 1 })).text).toBe('2');
    },
  );
});

describe('the MCP servers of a workspace', () => {
  it('are known by name, and can be switched off', async () => {
    const { tools } = useToolServers({ box: stdioBox(), off: stdioBox({ enabled: false }) });
    await expect(tools.call('bax', 'pid')).rejects.toMatchObject({
      code: 'AOS_NOT_FOUND',
      message: 'There is no MCP server bax. mcp_servers of aos.json has box, off.',
    });
    await expect(tools.call('off', 'pid')).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
  });

  it('end with the runtime, and their calls with them', async () => {
    const { tools } = useToolServers({ box: stdioBox() });
    const pid = await pidOf(tools);
    const call = tools.call('box', 'wait');
    const starting = useToolServers({ box: stdioBox() });
    const start = starting.tools.listTools('box');
    await Promise.all([
      expect(call).rejects.toMatchObject({ code: 'AOS_DISPOSED' }),
      expect(start).rejects.toMatchObject({ code: 'AOS_DISPOSED' }),
      tools.dispose(),
      starting.tools.dispose(),
    ]);
    expect(isRunning(pid)).toBe(false);
    await expect(tools.call('box', 'pid')).rejects.toMatchObject({ code: 'AOS_DISPOSED' });
  });

  it('are restarted only where their settings have changed', async () => {
    const { tools } = useToolServers({ box: stdioBox(), other: stdioBox() });
    const pids = async () => [await pidOf(tools), Number((await tools.call('other', 'pid')).text)];
    const [box, other] = await pids();
    await tools.setConfig(mcpServersSchema.parse({ box: stdioBox(), other: stdioBox({ timeout_seconds: 5 }) }));
    expect(isRunning(other!)).toBe(false);
    const after = await pids();
    expect(after[0]).toBe(box);
    expect(after[1]).not.toBe(other);
  });

  it('are left alone for a while when they fail again and again', async () => {
    const { tools } = useToolServers({ box: stdioBox({ args: ['-e', 'process.exit(1)'] }) });
    const failures: unknown[] = [];
    for (let i = 0; i < 6; i++) failures.push(await tools.listTools('box').catch((error: unknown) => error));
    expect(failures[0]).toMatchObject({ message: expect.stringContaining('could not be started') });
    expect(failures[5]).toMatchObject({
      code: 'AOS_TOOL_FAILED',
      message: expect.stringMatching(/has failed 5 times in a row; it is tried again in \d/),
      details: { retry_after_ms: expect.any(Number) },
    });
  });

  it('do not outlive a runtime that is killed', async () => {
    const host = spawn(process.execPath, [path.join(import.meta.dirname, 'support/tool-box/host.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = (await once(host.stdout, 'data')) as [Buffer];
    const pid = Number(chunk.toString('utf8'));
    expect(isRunning(pid)).toBe(true);
    host.kill('SIGKILL');
    // It ends at once; a container may take seconds to forget an orphan.
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
  });
});
