import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adapterEntrySchema, adapterListSchema, modelListSchema } from '../../../runtime/contracts/lorax.ts';
import { startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeEach(async () => {
  lorax = await startTestLorax({ profile: { gpuAdapters: 2 } });
});
afterEach(() => lorax.dispose());

const modelsOf = async () => modelListSchema.parse(await (await lorax.get('/v1/models')).json()).data.slice(1);

describe('/aos/adapters', () => {
  const act = (action: string, body: object) => lorax.post(`/aos/adapters/${action}`, body);
  async function done(action: string, adapter_id: string) {
    const response = await act(action, { adapter_id });
    expect(response.status).toBe(200);
    return adapterEntrySchema.parse(await response.json());
  }

  it('lists the adapters with where they are and what they did', async () => {
    expect(await (await lorax.get('/aos/adapters')).json()).toEqual({ adapters: [] });
    await lorax.post('/generate', { inputs: 'Hello', parameters: { adapter_id: 'acme/ceo' } });
    const { adapters } = adapterListSchema.parse(await (await lorax.get('/aos/adapters')).json());
    expect(adapters).toEqual([
      {
        ...{ id: 'acme/ceo', root: 'acme/ceo', loaded: true, tier: 'gpu', pinned: false },
        ...{ size_bytes: 40e6, memory_bytes: 40e6, load_count: 1, inference_count: 1, last_used: expect.any(Number) },
      },
    ]);
  });

  it('loads before a request does, pins, unpins and unloads', async () => {
    expect(await done('load', 'ceo')).toMatchObject({ id: 'ceo', loaded: true, inference_count: 0 });
    expect(await done('pin', 'ceo')).toMatchObject({ pinned: true });
    for (const adapter_id of ['a', 'b', 'c']) await done('load', adapter_id);
    const { adapters } = adapterListSchema.parse(await (await lorax.get('/aos/adapters')).json());
    expect(adapters.map(({ id, tier }) => `${id} ${tier}`)).toEqual(['ceo gpu', 'a host', 'b host', 'c gpu']);
    expect(await done('unpin', 'ceo')).toMatchObject({ pinned: false, tier: 'gpu' });
    expect(await done('unload', 'ceo')).toMatchObject({ tier: 'disk', loaded: false, memory_bytes: 0 });
  });

  it('refuses what it cannot do', async () => {
    await done('pin', 'a');
    await done('pin', 'b');
    const full = await act('load', { adapter_id: 'c' });
    expect([full.status, await full.json()]).toEqual([
      424,
      { error: expect.stringContaining('full of pinned adapters'), error_type: 'generation' },
    ]);
    const lost = await act('load', { adapter_id: '/no/such/file', adapter_source: 'local' });
    expect([lost.status, await lost.json()]).toEqual([
      424,
      { error: expect.stringContaining('No such file or directory'), error_type: 'generation' },
    ]);
    for (const action of ['unload', 'unpin']) {
      const unknown = await act(action, { adapter_id: 'nobody' });
      expect([unknown.status, ((await unknown.json()) as { error_type: string }).error_type]).toEqual([
        404,
        'not_found',
      ]);
    }
    expect((await act('load', {})).status).toBe(422);
    expect((await act('load', { adapter_id: '' })).status).toBe(422);
  });
});

describe("vLLM's routes", () => {
  const load = (body: object) => lorax.post('/v1/load_lora_adapter', body);
  const unload = (body: object) => lorax.post('/v1/unload_lora_adapter', body);
  const vllmError = (code: number, type: string, message: string) => [
    code,
    { error: { message, type, param: null, code } },
  ];

  it('give an adapter a name, which requests and /v1/models then have', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'aos-lora-'));
    await writeFile(path.join(folder, 'adapter_config.json'), '{"r": 8}');
    const response = await load({ lora_name: 'chief', lora_path: folder });
    expect([response.status, await response.text()]).toEqual([
      200,
      "Success: LoRA adapter 'chief' added successfully.",
    ]);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await modelsOf()).toMatchObject([
      { id: 'chief', root: folder, parent: 'aos/simulated', aos: { loaded: true, size_bytes: 8, inference_count: 0 } },
    ]);

    const messages = [{ role: 'user', content: 'Hello' }];
    expect((await lorax.post('/v1/chat/completions', { model: 'chief', messages })).status).toBe(200);
    await lorax.post('/generate', { inputs: 'Hello', parameters: { adapter_id: 'chief' } });
    expect(await modelsOf()).toMatchObject([{ id: 'chief', aos: { inference_count: 2 } }]);

    const unloaded = await unload({ lora_name: 'chief' });
    expect([unloaded.status, await unloaded.text()]).toEqual([
      200,
      "Success: LoRA adapter 'chief' removed successfully.",
    ]);
    expect(await modelsOf()).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('load again under the same name only in place', async () => {
    await load({ lora_name: 'chief', lora_path: 'acme/ceo' });
    const again = await load({ lora_name: 'chief', lora_path: 'acme/cfo' });
    expect([again.status, await again.json()]).toEqual(
      vllmError(
        400,
        'InvalidUserInput',
        "The lora adapter 'chief' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to True.",
      ),
    );
    expect((await load({ lora_name: 'chief', lora_path: 'acme/cfo', load_inplace: true })).status).toBe(200);
    expect((await modelsOf()).find(({ id }) => id === 'chief')?.root).toBe('acme/cfo');
  });

  it('unload what a request has named, once', async () => {
    await lorax.post('/generate', { inputs: 'Hello', parameters: { adapter_id: 'ceo' } });
    expect((await unload({ lora_name: 'ceo' })).status).toBe(200);
    const again = await unload({ lora_name: 'ceo' });
    const gone = vllmError(404, 'NotFoundError', "The lora adapter 'ceo' cannot be found.");
    expect([again.status, await again.json()]).toEqual(gone);
    await lorax.post('/generate', { inputs: 'Hello', parameters: { adapter_id: 'ceo' } });
    expect(await modelsOf()).toMatchObject([{ id: 'ceo', aos: { load_count: 2 } }]);
  });

  it("refuse with vLLM's errors", async () => {
    const missing = vllmError(400, 'InvalidUserInput', "Both 'lora_name' and 'lora_path' must be provided.");
    for (const body of [{}, { lora_name: 'x' }, { lora_name: 'x', lora_path: '' }]) {
      const response = await load(body);
      expect([response.status, await response.json()]).toEqual(missing);
    }
    const lost = await load({ lora_name: 'x', lora_path: '/no/such/folder' });
    expect([lost.status, await lost.json()]).toEqual(
      vllmError(404, 'NotFoundError', 'Loading lora x failed: No adapter found for /no/such/folder'),
    );
    const base = await load({ lora_name: 'aos/simulated', lora_path: 'acme/ceo' });
    expect([base.status, await base.json()]).toEqual(
      vllmError(400, 'InvalidUserInput', "The lora adapter name 'aos/simulated' conflicts with a served base model."),
    );
    const nameless = await unload({ lora_int_id: 1 });
    expect([nameless.status, await nameless.json()]).toEqual(
      vllmError(400, 'InvalidUserInput', "'lora_name' needs to be provided to unload a LoRA adapter."),
    );
  });
});
