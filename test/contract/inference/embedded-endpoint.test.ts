import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { LoRAXServer, type LoRAXServerOptions } from '../../../runtime/inference/lorax-server.ts';
import { KEY, startTestLorax, type TestLorax } from '../lorax/client.ts';
import { BASE, CHAT, loraxStandIn, nowhere, vllmStandIn } from './stand-ins.ts';

let lorax: TestLorax;
let folder: string;
beforeAll(async () => {
  lorax = await startTestLorax({ baseModel: BASE });
  folder = await mkdtemp(path.join(tmpdir(), 'aos-embedded-'));
});
afterAll(async () => {
  await lorax.dispose();
  await rm(folder, { recursive: true, force: true });
});

const open = (options: Partial<LoRAXServerOptions> = {}) =>
  new LoRAXServer({ endpoint: lorax.url, apiKey: KEY, baseDir: folder, logger: silentLogger, ...options });

async function withAdapters(...names: string[]): Promise<LoRAXServer> {
  const server = open();
  for (const name of names) await server.registerAdapter(name, name, { source: 'hub' });
  return server;
}

describe('one prompt to several adapters', () => {
  it('is answered by each, in the order asked; one that fails keeps none back', async () => {
    const server = await withAdapters('ceo', 'cfo');
    await server.registerAdapter('broken', 'nowhere');
    const adapterNames = ['ceo', 'broken', undefined, 'cfo'];
    const answers = await server.generateAcross({ prompt: 'Why?', adapterNames });
    expect(answers.map(({ adapterName }) => adapterName)).toEqual(adapterNames);
    expect(answers.map(({ generation }) => generation?.text.split(' ')[0])).toEqual([
      '[simulated:ceo]',
      undefined,
      '[simulated:base]',
      '[simulated:cfo]',
    ]);
    expect(answers[1]?.error).toMatchObject({ code: 'AOS_ADAPTER_REFUSED' });
    for (const { latencyMs } of answers) expect(latencyMs).toBeGreaterThan(0);
  });

  it('ends for all when the caller leaves', async () => {
    const there = await loraxStandIn({ 'POST /generate': () => () => undefined });
    const caller = new AbortController();
    const server = open({ endpoint: there.url });
    const { signal } = caller;
    const asked = server.generateAcross({ prompt: 'Why?', adapterNames: [undefined, undefined], signal });
    caller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
});

describe('the embedded endpoint', () => {
  it('merges adapters', async () => {
    const server = await withAdapters('ceo', 'cfo');
    const merged = async (weight: number) => {
      const merge = [
        { adapterName: 'ceo', weight },
        { adapterName: 'cfo', weight: 1 - weight },
      ];
      return (await server.generate({ prompt: 'Why?', merge })).text;
    };
    expect(await merged(0.5)).toBe(await merged(0.5));
    expect(await merged(0.5)).not.toBe((await server.generate({ prompt: 'Why?', adapterName: 'ceo' })).text);
    await expect(server.generate({ prompt: 'Why?', merge: [] })).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
  });

  it('loads, pins and unloads adapters, and tells where they are', async () => {
    const server = await withAdapters('investor');
    const where = async () => (await server.loadedAdapters())?.get('investor');
    expect(await where()).toBeUndefined();
    await server.loadAdapter('investor');
    const loaded = {
      loaded: true,
      tier: 'gpu',
      loadCount: 1,
      sizeBytes: expect.any(Number),
      memoryBytes: expect.any(Number),
    };
    expect(await where()).toEqual({ ...loaded, pinned: false });
    await server.pinAdapter('investor', true);
    expect(await where()).toEqual({ ...loaded, pinned: true });
    await server.pinAdapter('investor', false);
    await server.unloadAdapter('investor');
    expect(await where()).toMatchObject({ loaded: false, pinned: false, memoryBytes: 0 });
    await expect(server.loadAdapter('cto')).rejects.toMatchObject({ code: 'AOS_ADAPTER_NOT_FOUND' });
  });

  it('makes vectors of texts', async () => {
    const [one, same, other] = await open().embed(['What are our goals?', 'What are our goals?', 'Hire.']);
    expect(one?.length).toBeGreaterThan(10);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });
});

describe('an adapter in blob storage', () => {
  it('is fetched to this machine, and the endpoint of this machine reads it there', async () => {
    const fetched: string[] = [];
    const fetchBlob = async (name: string) => {
      fetched.push(name);
      const local = path.join(folder, 'cache', name);
      await mkdir(local, { recursive: true });
      await writeFile(path.join(local, 'adapter_config.json'), '{"name":"ceo"}');
      return local;
    };
    const there = await loraxStandIn();
    const server = open({ endpoint: there.url, fetchBlob });
    const { path: given, sizeBytes, revision } = await server.registerAdapter('ceo', 'blob:ceo/v2');
    expect([fetched, given, sizeBytes]).toEqual([['ceo/v2'], 'blob:ceo/v2', 14]);
    expect((await server.registerAdapter('same', 'cache/ceo/v2')).revision).toBe(revision);
    await server.chat({ adapterName: 'ceo', messages: [{ role: 'user', content: 'Why?' }] });
    expect(there.bodies(CHAT)).toMatchObject([{ model: path.join(folder, 'cache', 'ceo/v2') }]);
    const elsewhere = open({ endpoint: 'http://lorax.example', fetchBlob });
    expect((await elsewhere.registerAdapter('ceo', 'blob:ceo/v2')).location).toBe('ceo/v2');
  });

  it('is refused where there is no storage to fetch it from', async () => {
    await expect(open().registerAdapter('ceo', 'blob:ceo')).rejects.toMatchObject({ code: 'AOS_CONFIG_INVALID' });
  });
});

describe('the test of the endpoint', () => {
  it('says what was called, and what came back', async () => {
    const report = await (await withAdapters('ceo')).testEndpoint();
    expect(report).toMatchObject({
      ok: true,
      endpoint: lorax.url,
      api: 'lorax',
      engine: 'simulated',
      model: 'aos/simulated',
    });
    expect(report.checks.map(({ request, ok, status, detail }) => [request, ok, status, detail])).toEqual([
      ['GET /info, GET /metrics, GET /info', true, 200, 'It speaks lorax. Model aos/simulated, engine simulated.'],
      ['GET /health', true, 200, 'It says that it is well.'],
      [CHAT, true, 200, expect.stringMatching(/^The base model answered \d tokens, ended by (stop|length)\.$/)],
      [CHAT, true, 200, expect.stringMatching(/^The base model streamed \d tokens, ended by \w+ in \d pieces\.$/)],
      [CHAT, true, 200, expect.stringMatching(/^Adapter ceo answered \d tokens/)],
      ['POST /v1/embeddings', true, 200, expect.stringMatching(/^Embeddings of \d+ dimensions\.$/)],
    ]);
  });

  it('says what is wrong, and what to do', async () => {
    const nobody = await open({ endpoint: await nowhere() }).testEndpoint();
    expect(nobody).toMatchObject({ ok: false, api: null, engine: null, model: null });
    expect(nobody.checks).toMatchObject([
      {
        request: 'GET /info',
        ok: false,
        status: null,
        detail: expect.stringMatching(/nothing listens there.*aos\.json/),
      },
    ]);
    const wrongKey = await open({ apiKey: 'wrong-key' }).testEndpoint();
    expect(wrongKey.checks).toMatchObject([
      { ok: false, status: 401, detail: expect.stringContaining('model.api_key') },
    ]);
    expect(JSON.stringify(wrongKey)).not.toContain('wrong-key');
  });

  it('names the one thing that does not work', async () => {
    const server = open();
    await server.registerAdapter('ceo', 'no/such/folder');
    const report = await server.testEndpoint();
    expect(report.ok).toBe(false);
    expect(report.checks.filter(({ ok }) => !ok)).toMatchObject([
      { request: CHAT, status: 424, detail: expect.stringContaining('cannot use adapter ceo') },
    ]);
  });

  it('holds no missing embeddings against it', async () => {
    const there = await vllmStandIn();
    const report = await open({ endpoint: there.url, baseModel: BASE }).testEndpoint();
    expect(report.ok).toBe(true);
    expect(report.checks.at(-1)).toMatchObject({
      status: 404,
      detail: expect.stringContaining('serves no embeddings'),
    });
  });
});
