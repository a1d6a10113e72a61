import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLogger, type LogRecord, silentLogger } from '../../../runtime/core/logger.ts';
import { LoRAXServer, type LoRAXServerOptions } from '../../../runtime/inference/lorax-server.ts';
import { KEY, startTestLorax, type TestLorax } from '../lorax/client.ts';

const BASE = 'meta-llama/Llama-3.1-8B-Instruct';
let lorax: TestLorax;
let folder: string;
beforeAll(async () => {
  lorax = await startTestLorax({ baseModel: BASE });
  folder = await mkdtemp(path.join(tmpdir(), 'aos-lorax-'));
  for (const name of ['ceo', 'cfo']) {
    await mkdir(path.join(folder, 'adapters', name), { recursive: true });
    await writeFile(path.join(folder, 'adapters', name, 'adapter_config.json'), JSON.stringify({ name }));
  }
});
afterAll(async () => {
  await lorax.dispose();
  await rm(folder, { recursive: true, force: true });
});

const fakes: Server[] = [];
afterEach(() => {
  for (const server of fakes.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** An endpoint that answers what the test wants: for what the real one never does. */
async function fake(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  fakes.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(options: Partial<LoRAXServerOptions> = {}): LoRAXServer {
  return new LoRAXServer({
    endpoint: lorax.url,
    apiKey: KEY,
    baseModel: BASE,
    baseDir: folder,
    api: 'lorax',
    logger: silentLogger,
    ...options,
  });
}

async function withAdapters(options: Partial<LoRAXServerOptions> = {}): Promise<LoRAXServer> {
  const server = connect(options);
  await server.registerAdapter('ceo', 'adapters/ceo');
  await server.registerAdapter('cfo', 'adapters/cfo');
  return server;
}

const messages = [
  { role: 'system' as const, content: 'You are ceo.' },
  { role: 'user' as const, content: 'Strategic planning for Q2' },
];

describe.each(['lorax', 'openai'] as const)('with the protocol %s', (api) => {
  it('answers with the right adapter by itself, labelled as what it is', async () => {
    const server = await withAdapters({ api });
    for (const adapterName of ['ceo', 'cfo']) {
      const answer = await server.chat({ adapterName, messages });
      expect(answer).toMatchObject({ finishReason: 'stop', engine: 'simulated', model: 'aos/simulated' });
      expect(answer.text).toMatch(new RegExp(`^\\[simulated:${adapterName}\\] `));
      expect(answer.promptTokens).toBeGreaterThan(5);
      expect(answer.completionTokens).toBeGreaterThan(5);
      expect(answer.firstTokenMs).toBeGreaterThanOrEqual(0);
      const generated = await server.generate({ adapterName, prompt: 'Strategic planning for Q2' });
      expect(generated.text).toMatch(new RegExp(`^\\[simulated:${adapterName}\\] `));
      expect(generated.engine).toBe('simulated');
    }
  });

  it('answers with the base model without an adapter', async () => {
    const server = connect({ api });
    expect((await server.chat({ messages })).text).toMatch(/^\[simulated:base\] /);
    expect((await server.generate({ prompt: 'Hello' })).text).toMatch(/^\[simulated:base\] /);
  });

  it('streams the same answer piece by piece', async () => {
    const server = await withAdapters({ api });
    for (const ask of [
      (onToken?: (text: string) => void) => server.chat({ adapterName: 'ceo', messages, onToken }),
      (onToken?: (text: string) => void) => server.generate({ adapterName: 'ceo', prompt: 'Q2?', onToken }),
    ]) {
      const tokens: string[] = [];
      const streamed = await ask((text) => tokens.push(text));
      expect(tokens.length).toBeGreaterThan(5);
      expect(tokens.join('')).toBe(streamed.text);
      const whole = await ask();
      const timeless = { firstTokenMs: 0, adapterLoad: undefined };
      expect({ ...streamed, ...timeless }).toEqual({ ...whole, ...timeless });
    }
  });

  it('gives the same text for the same question, and heeds the parameters', async () => {
    const server = await withAdapters({ api });
    const text = async (parameters = {}) => (await server.chat({ adapterName: 'ceo', messages, parameters })).text;
    expect(await text()).toBe(await text());
    expect(await text({ seed: 1 })).not.toBe(await text({ seed: 2 }));
    const short = await server.chat({ adapterName: 'ceo', messages, parameters: { max_new_tokens: 4 } });
    expect(short).toMatchObject({ finishReason: 'length', completionTokens: 4 });
    const [, , third = ''] = (await text()).split(' ');
    expect(await text({ stop: [third] })).not.toContain(third);
  });

  it('says what answers there', async () => {
    expect(await connect({ api }).info()).toEqual({ engine: 'simulated', model: 'aos/simulated' });
  });

  it('tells which adapters are loaded', async () => {
    const server = await withAdapters({ api });
    await server.chat({ adapterName: 'ceo', messages });
    await server.registerAdapter('unused', 'adapters/unused');
    const loaded = await server.loadedAdapters();
    expect(loaded?.get('ceo')).toMatchObject({ loaded: true, sizeBytes: expect.any(Number) });
    expect(loaded?.has('unused')).toBe(false);
  });

  it('says that a request breaks a rule of the endpoint', async () => {
    const call = { messages, parameters: { top_p: 2 } };
    for (const onToken of [undefined, () => undefined]) {
      await expect(connect({ api }).chat({ ...call, onToken })).rejects.toMatchObject({
        code: 'AOS_BAD_REQUEST',
        message: expect.stringMatching(/Input validation error: `top_p` must be/),
        details: { endpoint_status: 422 },
      });
    }
  });

  it('passes an abort through as it is, before and while it streams', async () => {
    const server = connect({ api });
    const reason = new Error('too late');
    await expect(server.chat({ messages, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const tokens: string[] = [];
    const streaming = server.chat({
      messages,
      signal: controller.signal,
      onToken: (text) => {
        tokens.push(text);
        controller.abort(reason);
      },
    });
    await expect(streaming).rejects.toBe(reason);
    expect(tokens.length).toBeGreaterThan(0);
  });
});

describe('adapters', () => {
  it('have a name, a path, and a revision made of their content', async () => {
    const server = await withAdapters();
    const [ceo, cfo] = server.adapters();
    expect(ceo).toMatchObject({
      name: 'ceo',
      path: 'adapters/ceo',
      source: 'local',
      revision: expect.stringMatching(/^[0-9a-f]{6}$/),
      sizeBytes: 14,
    });
    expect(cfo?.revision).not.toBe(ceo?.revision);
    expect(server.adapter('ceo')).toEqual(ceo);
    expect(await server.registerAdapter('hub', 'acme/ceo', { source: 'hub' })).toMatchObject({
      revision: expect.stringMatching(/^[0-9a-f]{6}$/),
      sizeBytes: null,
    });
  });

  it('are looked at again when they are registered again', async () => {
    const server = await withAdapters();
    await mkdir(path.join(folder, 'adapters', 'new'), { recursive: true });
    await writeFile(path.join(folder, 'adapters', 'new', 'adapter_config.json'), '{"v":1}');
    const before = await server.registerAdapter('new', 'adapters/new');
    await writeFile(path.join(folder, 'adapters', 'new', 'adapter_config.json'), '{"v":2}');
    expect((await server.registerAdapter('new', 'adapters/new')).revision).not.toBe(before.revision);
    expect(server.adapters()).toHaveLength(3);
  });

  it('are at most as many as share the GPU; one that leaves makes room', async () => {
    const server = await withAdapters({ maxAdapters: 2 });
    await server.registerAdapter('ceo', 'adapters/cfo');
    await expect(server.registerAdapter('cto', 'adapters/cto')).rejects.toMatchObject({
      code: 'AOS_ADAPTER_REFUSED',
      message: expect.stringMatching(/2 that share the GPU.*model\.max_adapters/),
    });
    server.unregisterAdapter('ceo');
    expect(server.adapter('ceo')).toBeUndefined();
    await server.registerAdapter('cto', 'adapters/cto');
    const racing = connect({ maxAdapters: 1 });
    const both = ['a', 'b'].map((name) => racing.registerAdapter(name, 'adapters/ceo'));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('without files are warned of, and refused when they are used', async () => {
    const logs: LogRecord[] = [];
    const logger = createLogger({ scope: 'test', write: (record) => logs.push(record) });
    const server = connect({ logger });
    await server.registerAdapter('cmo', 'adapters/none');
    expect(logs).toMatchObject([{ level: 'warn', fields: { adapter: 'cmo' } }]);
    for (const onToken of [undefined, () => undefined]) {
      await expect(server.chat({ adapterName: 'cmo', messages, onToken })).rejects.toMatchObject({
        code: 'AOS_ADAPTER_REFUSED',
        message: expect.stringMatching(/cannot use adapter cmo/),
        details: { endpoint_status: 424 },
      });
    }
  });

  it('that are not registered are the endpoint’s to judge', async () => {
    expect((await connect().chat({ adapterName: 'acme/cto', messages })).text).toMatch(/^\[simulated:cto\] /);
  });
});

describe('a failing endpoint', () => {
  it('fails the request with what it says', async () => {
    const failing = await startTestLorax();
    try {
      for (const [type, message] of [
        [424, /injected failure/],
        [429, /overloaded.*try again/],
        [500, /Incomplete generation/],
      ] as const) {
        await failing.post('/aos/failures', { rate: 1, type });
        const server = connect({ endpoint: failing.url });
        await expect(server.chat({ adapterName: 'ceo', messages })).rejects.toMatchObject({
          code: 'AOS_INFERENCE_FAILED',
          message: expect.stringMatching(message),
          details: { endpoint_status: type },
        });
      }
      await failing.post('/aos/failures', { rate: 1, type: 'timeout' });
      const reason = new Error('deadline');
      const controller = new AbortController();
      const waiting = connect({ endpoint: failing.url }).chat({ messages, signal: controller.signal });
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    } finally {
      await failing.dispose();
    }
  });

  it('that is not there is named, with what to do', async () => {
    const url = await fake(() => undefined);
    for (const server of fakes.splice(0)) await new Promise((resolve) => server.close(resolve));
    const server = connect({ endpoint: `${url}/` });
    await expect(server.info()).rejects.toMatchObject({
      code: 'AOS_INFERENCE_FAILED',
      message: `Could not reach the model endpoint ${url}: nothing listens there. Start the local cloud, or check model.endpoint in aos.json.`,
    });
    expect(await server.loadedAdapters()).toBeUndefined();
  });

  it('that refuses the key says which setting it is, and never the key', async () => {
    const error: unknown = await connect({ apiKey: 'wrong-key' })
      .chat({ messages })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'AOS_INFERENCE_FAILED', details: { endpoint_status: 401 } });
    expect(String(error)).toMatch(/model\.api_key/);
    expect(String(error)).not.toContain('wrong-key');
  });

  it('that speaks another protocol is found out', async () => {
    const html = await fake((_request, response) => response.end('<html></html>'));
    await expect(connect({ endpoint: html }).chat({ messages })).rejects.toThrow(
      /Check model\.endpoint and model\.api/,
    );
    const openai = await fake((_request, response) => response.writeHead(404).end());
    await expect(connect({ endpoint: openai }).info()).rejects.toThrow(/is not a LoRAX server.*model\.api/);
  });

  it('whose stream breaks off fails the request; its tokens were heard', async () => {
    const chunk = { id: '1', object: 'chat.completion.chunk', created: 0, model: 'm' };
    const first = `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta: { content: 'Gro' } }] })}\n\n`;
    for (const end of [
      (response: { end(): void }) => response.end(),
      (response: { destroy(): void }) => response.destroy(),
    ]) {
      const url = await fake((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(first, () => end(response));
      });
      const tokens: string[] = [];
      const asked = connect({ endpoint: url }).chat({ messages, onToken: (text) => tokens.push(text) });
      await expect(asked).rejects.toMatchObject({ code: 'AOS_INFERENCE_FAILED' });
      expect(tokens).toEqual(['Gro']);
    }
  });
});

describe('other servers', () => {
  it('LoRAX itself: a GPU, a stop sequence it calls content_filter, no list of models', async () => {
    const url = await fake((request, response) => {
      if (request.url !== '/v1/chat/completions') return response.writeHead(404).end();
      response.writeHead(200, {
        'x-compute-type': 'gpu+optimized',
        'x-model-id': BASE,
        'x-queue-time': '5',
        'x-time-to-first-token': '20',
      });
      const message = { role: 'assistant', content: 'Growth' };
      const choices = [{ index: 0, message, finish_reason: 'content_filter' }];
      const usage = { prompt_tokens: 4, completion_tokens: 1, total_tokens: 5 };
      return response.end(
        JSON.stringify({ id: 'null', object: 'text_completion', created: 0, model: 'null', choices, usage }),
      );
    });
    const server = connect({ endpoint: url });
    expect(await server.chat({ messages })).toEqual({
      text: 'Growth',
      finishReason: 'stop',
      promptTokens: 4,
      completionTokens: 1,
      engine: 'remote',
      model: BASE,
      firstTokenMs: 25,
      adapterLoad: null,
    });
    expect(await server.loadedAdapters()).toBeUndefined();
  });

  it('vLLM: adapters by name, usage in a chunk of its own, a list of what is loaded', async () => {
    const requests: { url: string | undefined; body: string }[] = [];
    const entry = { object: 'model', created: 1, owned_by: 'vllm' };
    const url = await fake(async (request, response) => {
      let body = '';
      for await (const bytes of request) body += bytes;
      requests.push({ url: request.url, body });
      if (request.url === '/v1/models') {
        const data = [
          { ...entry, id: BASE, root: BASE, parent: null },
          { ...entry, id: 'ceo', root: '/adapters/ceo', parent: BASE },
        ];
        return response.end(JSON.stringify({ object: 'list', data }));
      }
      const chunk = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'ceo' };
      for (const event of [
        { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
        { ...chunk, choices: [{ index: 0, delta: { content: 'Growth' }, finish_reason: null }] },
        { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
        { ...chunk, choices: [], usage: { prompt_tokens: 4, completion_tokens: 1, total_tokens: 5 } },
      ]) {
        response.write(`data: ${JSON.stringify(event)}\n\n`);
      }
      return response.end('data: [DONE]\n\n');
    });
    const server = await withAdapters({ endpoint: `${url}/v1`, api: 'openai' });
    const parameters = { max_new_tokens: 9 };
    const answer = await server.chat({ adapterName: 'ceo', messages, parameters, onToken: () => undefined });
    expect(answer).toMatchObject({
      text: 'Growth',
      promptTokens: 4,
      completionTokens: 1,
      engine: 'remote',
      model: BASE,
    });
    const chat = requests.find((request) => request.url === '/v1/chat/completions');
    expect(JSON.parse(chat?.body ?? '')).toEqual({
      model: 'ceo',
      messages,
      max_tokens: 9,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(await server.info()).toEqual({ engine: 'remote', model: BASE });
    expect(await server.loadedAdapters()).toEqual(
      new Map([['ceo', expect.objectContaining({ loaded: true, sizeBytes: null, loadCount: null })]]),
    );
  });
});

describe('the settings', () => {
  it('have the defaults of the guide', () => {
    const server = new LoRAXServer({ endpoint: 'http://127.0.0.1:1', logger: silentLogger });
    expect([server.baseModel, server.maxAdapters, server.gpuMemoryUtilization]).toEqual([BASE, 100, 0.9]);
  });

  it.each([{ endpoint: 'not a url' }, { endpoint: 'ftp://x' }, { maxAdapters: 0 }, { gpuMemoryUtilization: 1.5 }])(
    '%j are refused',
    (options) => {
      expect(() => connect(options)).toThrow(expect.objectContaining({ code: 'AOS_CONFIG_INVALID' }));
    },
  );
});
