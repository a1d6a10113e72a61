import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { LoRAXServer, type LoRAXServerOptions } from '../../../runtime/inference/lorax-server.ts';
import {
  BASE,
  CHAT,
  chat,
  llamaCppStandIn,
  loraxStandIn,
  nowhere,
  refuse,
  type StandIn,
  sglangStandIn,
  standIn,
  tgiStandIn,
  vllmStandIn,
} from './stand-ins.ts';

const messages = [{ role: 'user' as const, content: 'Why?' }];
const LOAD = 'POST /v1/load_lora_adapter';

/** Finds out by itself what stands there, and knows the adapters ceo and cfo. */
async function connect({ url }: { url: string }, options: Partial<LoRAXServerOptions> = {}): Promise<LoRAXServer> {
  const server = new LoRAXServer({
    endpoint: url,
    baseModel: BASE,
    baseDir: tmpdir(),
    logger: silentLogger,
    ...options,
  });
  await server.registerAdapter('ceo', 'adapters/ceo');
  await server.registerAdapter('cfo', 'adapters/cfo');
  return server;
}

const revision = (server: LoRAXServer, name: string) => server.adapter(name)?.revision;

describe('what stands at the endpoint', () => {
  const servers: [string, () => Promise<StandIn>][] = [
    ['lorax', loraxStandIn],
    ['tgi', tgiStandIn],
    ['openai', vllmStandIn],
    ['sglang', sglangStandIn],
    ['llamacpp', llamaCppStandIn],
  ];

  it.each(servers)('is found out: %s, once for all who ask', async (api, start) => {
    const there = await start();
    const server = await connect(there);
    await Promise.all([server.chat({ messages }), server.chat({ messages })]);
    const { length } = there.calls;
    expect(await server.api()).toBe(api);
    const answer = await server.chat({ messages });
    expect(there.routes().slice(length)).toEqual([CHAT]);
    expect(answer).toMatchObject({ finishReason: 'stop', promptTokens: 4, completionTokens: 3, engine: 'remote' });
  });

  it.each(servers)('passes the test of the endpoint: %s', async (api, start) => {
    const there = await start();
    const report = await (await connect(there)).testEndpoint();
    expect(report).toMatchObject({ ok: true, endpoint: there.url, api, engine: 'remote' });
    expect(report.checks.flatMap(({ request }) => request.split(', '))).toEqual(there.routes());
    expect(report.checks.find(({ detail }) => detail.startsWith('Adapter ceo answered'))).toMatchObject({ ok: true });
  });

  it('is found out for who waits, though who asked first has left', async () => {
    const answered = Promise.withResolvers<void>();
    const there = await vllmStandIn([], {
      'GET /info': () => (response) => answered.promise.then(() => response.writeHead(404).end()),
    });
    const server = await connect(there);
    const caller = new AbortController();
    const first = server.chat({ messages, signal: caller.signal });
    const second = server.chat({ messages });
    caller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    answered.resolve();
    expect((await second).text).toBe(`${BASE} says yes`);
  });

  it('is found out again after it was something else, or gone', async () => {
    let starting = true;
    const there = await vllmStandIn([], { 'GET /info': () => (starting ? { model_id: BASE } : refuse(404, '')) });
    const server = await connect(there);
    expect(await server.api()).toBe('lorax');
    starting = false;
    await expect(server.generate({ prompt: 'Why?' })).rejects.toMatchObject({ details: { unknown_route: true } });
    expect((await server.generate({ prompt: 'Why?' })).text).toBe(`${BASE} says yes`);
  });

  it('is said to be unknown when no route answers, and unreached when nobody does', async () => {
    const page = await standIn({}, () => '<html></html>');
    await expect((await connect(page)).chat({ messages })).rejects.toThrow(/no model server that is known.*model\.api/);
    const refused = (await connect({ url: await nowhere() })).chat({ messages });
    await expect(refused).rejects.toMatchObject({ code: 'AOS_INFERENCE_FAILED', details: { unreached: true } });
  });

  it('is not guessed from the answers of one that is ill, or wants another key', async () => {
    for (const status of [401, 503]) {
      const there = await standIn({}, () => refuse(status, { error: 'no', error_type: 'x' }));
      await expect((await connect(there)).api()).rejects.toMatchObject({ details: { endpoint_status: status } });
      expect(there.routes()).toEqual(['GET /info']);
    }
  });

  it('gets the key and the headers with every request', async () => {
    const there = await vllmStandIn();
    const server = await connect(there, { apiKey: 'key', headers: { 'x-gateway': 'secret' } });
    await server.chat({ adapterName: 'ceo', messages });
    expect(there.calls.length).toBeGreaterThan(4);
    for (const { headers } of there.calls) {
      expect(headers).toMatchObject({ authorization: 'Bearer key', 'x-gateway': 'secret' });
    }
  });
});

describe('LoRAX itself', () => {
  it('is asked with the place of the adapter and its source, by each of its routes', async () => {
    const there = await loraxStandIn();
    const server = await connect(there);
    await server.registerAdapter('hub', 'acme/ceo', { source: 'hub' });
    await server.chat({ adapterName: 'ceo', messages });
    await server.generate({ adapterName: 'hub', prompt: 'Why?' });
    const local = path.join(tmpdir(), 'adapters/ceo');
    expect(there.bodies(CHAT)).toMatchObject([{ model: local, adapter_source: 'local' }]);
    expect(there.bodies('POST /generate')).toMatchObject([
      { inputs: 'Why?', parameters: { adapter_id: 'acme/ceo', adapter_source: 'hub' } },
    ]);
  });

  it('loads an adapter by being asked, and has no list and no way to unload', async () => {
    const there = await loraxStandIn();
    const server = await connect(there);
    await server.loadAdapter('ceo');
    expect(there.bodies('POST /generate')).toMatchObject([{ parameters: { max_new_tokens: 1 } }]);
    expect(await server.loadedAdapters()).toBeUndefined();
    await expect(server.unloadAdapter('ceo')).rejects.toMatchObject({
      code: 'AOS_BAD_REQUEST',
      message: expect.stringContaining('cannot be told to unload an adapter while it runs'),
    });
  });

  it('merges adapters of one source', async () => {
    const there = await loraxStandIn();
    const server = await connect(there);
    const merge = [
      { adapterName: 'ceo', weight: 0.7 },
      { adapterName: 'cfo', weight: 0.3 },
    ];
    await server.generate({ prompt: 'Why?', merge });
    const [request] = there.bodies('POST /generate');
    expect(request?.parameters).toMatchObject({
      merged_adapters: {
        ids: ['ceo', 'cfo'].map((name) => path.join(tmpdir(), 'adapters', name)),
        weights: [0.7, 0.3],
      },
    });
    expect(request?.parameters).not.toHaveProperty('adapter_id');
    await server.registerAdapter('hub', 'acme/ceo', { source: 'hub' });
    const mixed = server.generate({ prompt: 'Why?', merge: [...merge, { adapterName: 'hub', weight: 1 }] });
    await expect(mixed).rejects.toMatchObject({
      code: 'AOS_BAD_REQUEST',
      message: expect.stringContaining('same source'),
    });
  });

  it('has embeddings in a shape of its own', async () => {
    const server = await connect(await loraxStandIn());
    expect(await server.embed(['a', 'b'])).toEqual([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
    await expect(server.embed(['a'])).rejects.toThrow('answered 2 embeddings for 1 texts');
  });
});

describe('vLLM', () => {
  it('loads an adapter when it is first asked, once for all who wait, under its revision', async () => {
    const there = await vllmStandIn();
    const server = await connect(there);
    const answers = await Promise.all([1, 2, 3].map(() => server.chat({ adapterName: 'ceo', messages })));
    const id = `ceo@${revision(server, 'ceo')}`;
    expect(answers.map(({ text }) => text)).toEqual(Array(3).fill(`${id} says yes`));
    expect(there.bodies(LOAD)).toEqual([{ lora_name: id, lora_path: path.join(tmpdir(), 'adapters/ceo') }]);
    expect(await server.loadedAdapters()).toEqual(
      new Map([
        ['ceo', { loaded: true, tier: null, pinned: false, sizeBytes: null, memoryBytes: null, loadCount: null }],
      ]),
    );
  });

  it('is asked for the adapters it was started with under their own names', async () => {
    const there = await vllmStandIn(['ceo']);
    const server = await connect(there);
    expect((await server.chat({ adapterName: 'ceo', messages })).text).toBe('ceo says yes');
    expect(there.bodies(LOAD)).toEqual([]);
  });

  it('is told to load again after it was started anew', async () => {
    const there = await vllmStandIn();
    const server = await connect(there);
    await server.chat({ adapterName: 'ceo', messages });
    await fetch(`${there.url}/test/restart`, { method: 'POST' });
    expect((await server.chat({ adapterName: 'ceo', messages })).text).toMatch(/^ceo@/);
    expect(there.bodies(LOAD)).toHaveLength(2);
  });

  it('that another replica told to load is fine', async () => {
    const there = await vllmStandIn([], { 'GET /v1/models': () => ({ object: 'list', data: [] }) });
    for (const server of [await connect(there), await connect(there)]) {
      expect((await server.chat({ adapterName: 'ceo', messages })).text).toMatch(/^ceo@/);
    }
  });

  it('says why it does not load an adapter, and is asked again the next time', async () => {
    const there = await vllmStandIn();
    const server = await connect(there);
    await server.registerAdapter('big', 'adapters/rank-512');
    for (let i = 0; i < 2; i++) {
      await expect(server.chat({ adapterName: 'big', messages })).rejects.toMatchObject({
        code: 'AOS_ADAPTER_REFUSED',
        message: expect.stringContaining('greater than max_lora_rank 16'),
      });
    }
    expect(there.bodies(LOAD)).toHaveLength(2);
    expect(there.bodies(CHAT)).toEqual([]);
  });

  it('that may not load while it runs judges the name itself, and says how to start it', async () => {
    const there = await vllmStandIn([], { [LOAD]: () => refuse(404, { detail: 'Not Found' }) });
    const server = await connect(there);
    for (let i = 0; i < 2; i++) {
      await expect(server.chat({ adapterName: 'ceo', messages })).rejects.toMatchObject({
        code: 'AOS_ADAPTER_REFUSED',
        message: expect.stringContaining('The model `ceo` does not exist'),
      });
    }
    // Once each: a name it does not know is not asked for twice.
    expect(there.bodies(CHAT)).toHaveLength(2);
    await expect(server.loadAdapter('ceo')).rejects.toThrow('VLLM_ALLOW_RUNTIME_LORA_UPDATING=True');
  });

  it('may be a gateway that lists no models: adapters have their own names there', async () => {
    const there = await standIn({ [CHAT]: chat });
    const server = await connect(there, { api: 'openai' });
    expect((await server.chat({ adapterName: 'ceo', messages })).text).toBe('ceo says yes');
  });

  it('unloads, and cannot pin or merge', async () => {
    const there = await vllmStandIn();
    const server = await connect(there);
    await server.loadAdapter('ceo');
    await server.unloadAdapter('ceo');
    expect(await server.loadedAdapters()).toEqual(new Map());
    await expect(server.pinAdapter('ceo', true)).rejects.toThrow('cannot be told to pin an adapter');
    const merge = [{ adapterName: 'ceo', weight: 1 }];
    await expect(server.generate({ prompt: 'Why?', merge })).rejects.toThrow('cannot merge adapters');
  });
});

describe('Text Generation Inference', () => {
  it('is asked by its name for an adapter of its own, whole and as a stream', async () => {
    const there = await tgiStandIn();
    const server = await connect(there);
    const tokens: string[] = [];
    const ask = { adapterName: 'ceo', prompt: 'Why?' };
    expect(await server.generate(ask)).toMatchObject({ text: 'yes', promptTokens: 3, completionTokens: 1 });
    const streamed = await server.generate({ ...ask, onToken: (text) => tokens.push(text) });
    expect(streamed).toMatchObject({ text: 'yes', finishReason: 'length', promptTokens: 4, completionTokens: 2 });
    expect(tokens).toEqual(['ye', 's']);
    expect(there.bodies('POST /generate')[0]?.parameters).toEqual({ details: true, adapter_id: 'ceo' });
    await server.chat({ messages });
    expect(there.bodies(CHAT)).toMatchObject([{ model: 'tgi' }]);
    await expect(server.loadAdapter('ceo')).rejects.toThrow('LORA_ADAPTERS');
  });
});

describe('SGLang', () => {
  it('loads an adapter when it is first asked, and names it behind the base model', async () => {
    const there = await sglangStandIn();
    const server = await connect(there);
    expect(await server.loadedAdapters()).toBeUndefined();
    const id = `ceo@${revision(server, 'ceo')}`;
    expect((await server.chat({ adapterName: 'ceo', messages })).text).toBe(`${BASE}:${id} says yes`);
    expect([...((await server.loadedAdapters()) ?? [])].map(([name]) => name)).toEqual(['ceo']);
  });

  it('pins an adapter by loading it again', async () => {
    const there = await sglangStandIn();
    const server = await connect(there);
    await server.loadAdapter('ceo');
    await server.pinAdapter('ceo', true);
    await server.pinAdapter('cfo', true);
    const loads = there.bodies('POST /load_lora_adapter').map(({ lora_name, pinned }) => [lora_name, pinned]);
    const [ceo, cfo] = ['ceo', 'cfo'].map((name) => `${name}@${revision(server, name)}`);
    expect(loads).toEqual([
      [ceo, false],
      [ceo, true],
      [cfo, true],
    ]);
    expect(there.bodies('POST /unload_lora_adapter')).toEqual([{ lora_name: ceo }]);
    await server.unloadAdapter('cfo');
    await server.unloadAdapter('ceo');
    expect(await server.loadedAdapters()).toEqual(new Map());
  });

  it('says why it does not load an adapter', async () => {
    const server = await connect(await sglangStandIn());
    await server.registerAdapter('big', 'adapters/rank-512');
    await expect(server.chat({ adapterName: 'big', messages })).rejects.toMatchObject({
      code: 'AOS_ADAPTER_REFUSED',
      message: expect.stringContaining('LoRA rank 512 exceeds max_lora_rank'),
    });
  });
});

describe('llama.cpp’s server', () => {
  it('is told the scale of each adapter by its number; the base model is none of them', async () => {
    const there = await llamaCppStandIn();
    const server = await connect(there);
    await server.chat({ adapterName: 'ceo', messages });
    await server.chat({ messages });
    const merge = [
      { adapterName: 'ceo', weight: 0.7 },
      { adapterName: 'cfo', weight: 0.3 },
    ];
    await server.generate({ prompt: 'Why?', merge });
    expect(there.bodies(CHAT).map(({ lora }) => lora)).toEqual([
      [{ id: 1, scale: 1 }],
      [],
      [
        { id: 1, scale: 0.7 },
        { id: 0, scale: 0.3 },
      ],
    ]);
    expect([...((await server.loadedAdapters()) ?? [])].map(([name]) => name)).toEqual(['ceo', 'cfo']);
  });

  it('has only the adapters it was started with', async () => {
    const server = await connect(await llamaCppStandIn());
    await server.registerAdapter('cto', 'adapters/cto');
    for (const adapterName of ['cto', 'unregistered']) {
      await expect(server.chat({ adapterName, messages })).rejects.toMatchObject({
        code: 'AOS_ADAPTER_REFUSED',
        message: expect.stringContaining(`--lora ${adapterName}.gguf`),
      });
    }
    await expect(server.loadAdapter('ceo')).rejects.toThrow('Start llama-server with --lora');
  });
});
