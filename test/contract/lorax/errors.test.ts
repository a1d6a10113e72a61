import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeAll(async () => {
  lorax = await startTestLorax({ profile: { maxInputTokens: 20, maxTotalTokens: 30 } });
});
afterAll(() => lorax.dispose());

async function errorOf(parameters: object, inputs = 'Hello') {
  const response = await lorax.post('/generate', { inputs, parameters });
  return { status: response.status, ...((await response.json()) as { error: string; error_type: string }) };
}

describe('rules of the request', () => {
  it.each([
    [{ best_of: 0 }, '`best_of` must be > 0 and <= 2. Given: 0'],
    [{ best_of: 3 }, '`best_of` must be > 0 and <= 2. Given: 3'],
    [{ best_of: 2 }, 'you must use sampling when `best_of` is > 1'],
    [{ best_of: 2, top_k: 5, seed: 1 }, '`seed` must not be set when `best_of` > 1'],
    [{ temperature: -0.1 }, '`temperature` must be non-negative'],
    [{ repetition_penalty: 0 }, '`repetition_penalty` must be strictly positive'],
    [{ frequency_penalty: 2.1 }, '`frequency_penalty` must be >= -2.0 and <= 2.0'],
    [{ presence_penalty: -2.1 }, '`presence_penalty` must be >= -2.0 and <= 2.0'],
    [{ top_p: 0 }, '`top_p` must be > 0.0 and < 1.0'],
    [{ top_p: 1.1 }, '`top_p` must be > 0.0 and < 1.0'],
    [{ typical_p: 1 }, '`typical_p` must be > 0.0 and < 1.0'],
    [{ top_k: 0 }, '`top_k` must be strictly positive'],
    [{ max_new_tokens: 0 }, '`max_new_tokens` must be strictly positive'],
    [{ truncate: 0 }, '`truncate` must be strictly positive and less than 20. Given: 0'],
    [{ truncate: 21 }, '`truncate` must be strictly positive and less than 20. Given: 21'],
    [
      { max_new_tokens: 30 },
      '`inputs` tokens + `max_new_tokens` must be <= 30. Given: 1 `inputs` tokens and 30 `max_new_tokens`',
    ],
    [{ stop: Array(11).fill('x') }, '`stop` supports up to 10 stop sequences. Given: 11'],
    [{ return_k_alternatives: 0 }, '`return_k_alternatives` must be strictly positive'],
    [
      { adapter_id: 'a', merged_adapters: { ids: ['a'], weights: [1] } },
      'at most one of `adapter_id` or `adapters` may be provided',
    ],
    [{ merged_adapters: { ids: [], weights: [] } }, 'at least one adapter ID must be provided when setting `adapters`'],
    [{ merged_adapters: { ids: ['a'], weights: [] } }, 'number of adapter IDs must match number of adapter weights'],
    [
      { response_format: { type: 'json_schema', schema: { oneOf: [] } } },
      'this JSON schema is not supported by the simulated engine',
    ],
  ])('%o', async (parameters, message) => {
    expect(await errorOf(parameters)).toEqual({
      status: 422,
      error: `Input validation error: ${message}`,
      error_type: 'validation',
    });
  });

  it('takes top_p 1, as LoRAX does in spite of its message', async () => {
    expect((await lorax.post('/generate', { inputs: 'Hello', parameters: { top_p: 1 } })).status).toBe(200);
  });

  it('wants a prompt that is neither empty nor too long', async () => {
    expect((await errorOf({}, '')).error).toBe('Input validation error: `inputs` cannot be empty');
    expect((await errorOf({ max_new_tokens: 1 }, 'word '.repeat(21))).error).toMatch(
      /^Input validation error: `inputs` must have less than 20 tokens\. Given: 2\d$/,
    );
  });
});

describe('bodies that cannot be read', () => {
  it.each([
    ['{"inputs": ', 400, /^Failed to parse the request body as JSON: /],
    ['{}', 422, /^Failed to deserialize the JSON body into the target type: missing field `inputs`$/],
    ['{"inputs": "x", "parameters": {"top_k": "five"}}', 422, /^Failed to deserialize .*parameters\.top_k/],
    ['{"inputs": "x", "parameters": {"adapter_source": "ftp"}}', 422, /^Failed to deserialize .*adapter_source/],
  ])('%s → %i in plain text', async (body, status, message) => {
    const response = await lorax.post('/generate', body);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toMatch(message);
  });

  it('refuses more than 1 MiB, and other types than JSON', async () => {
    expect((await lorax.post('/generate', { inputs: 'x'.repeat(1 << 20) })).status).toBe(413);
    const response = await lorax.post('/generate', 'inputs=x', { headers: { 'content-type': 'text/plain' } });
    expect(response.status).toBe(415);
  });
});

describe('an adapter that does not exist', () => {
  it('is a failed generation: 424', async () => {
    expect(await errorOf({ adapter_id: '/no/such/adapter', adapter_source: 'local' })).toEqual({
      status: 424,
      error: 'Request failed during generation: Error loading adapter /no/such/adapter: No such file or directory',
      error_type: 'generation',
    });
  });
});

describe('the key', () => {
  it('is wanted everywhere but for health', async () => {
    for (const path of ['/info', '/v1/models']) {
      const response = await lorax.get(path, {});
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
    const wrong = await lorax.post('/', { inputs: 'x' }, { headers: { authorization: `Bearer ${KEY}x` } });
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      { error: expect.any(String), error_type: 'unauthorized' },
    ]);
    expect((await lorax.get('/health', {})).status).toBe(200);
  });

  it('is not wanted where none is set; failures cannot be injected then', async () => {
    const open = await startTestLorax({ apiKey: undefined });
    expect((await open.get('/info', {})).status).toBe(200);
    expect((await open.post('/aos/failures', { rate: 1 })).status).toBe(401);
    await open.dispose();
  });
});

describe('overload', () => {
  it('refuses what does not fit the queue with 429 and no Retry-After', async () => {
    const small = await startTestLorax({ profile: { timeScale: 1, maxBatch: 1, queueLimit: 1 } });
    const running = small.post('/generate_stream', { inputs: 'one' });
    await running;
    const waiting = small.post('/generate', { inputs: 'two' });
    await expect.poll(() => small.stats()).toMatchObject({ running: 1, waiting: 1 });
    const refused = await small.post('/generate', { inputs: 'three' });
    expect([refused.status, await refused.json(), refused.headers.get('retry-after')]).toEqual([
      429,
      { error: 'Model is overloaded', error_type: 'overloaded' },
      null,
    ]);
    await small.dispose();
    expect((await waiting).status).toBe(424);
  });
});

describe('POST /aos/failures', () => {
  it.each([
    [424, 'generation'],
    [429, 'overloaded'],
    [500, 'incomplete_generation'],
  ])('makes requests fail with %i', async (type, error_type) => {
    expect((await lorax.post('/aos/failures', { rate: 1, type })).status).toBe(204);
    const response = await lorax.post('/generate', { inputs: 'Hello' });
    expect([response.status, await response.json()]).toEqual([type, { error: expect.any(String), error_type }]);
    expect(await (await lorax.post('/generate_stream', { inputs: 'Hello' })).text()).toContain(error_type);
    await lorax.post('/aos/failures', { rate: 0 });
    expect((await lorax.post('/generate', { inputs: 'Hello' })).status).toBe(200);
  });

  it('lets requests hang with `timeout`', async () => {
    await lorax.post('/aos/failures', { rate: 1, type: 'timeout' });
    const hanging = lorax.post('/generate', { inputs: 'Hello' }, { signal: AbortSignal.timeout(100) });
    await expect(hanging).rejects.toThrow(/timeout/);
    await lorax.post('/aos/failures', { rate: 0 });
  });

  it('breaks streams in the middle with `drop`, and other answers in the middle of their body', async () => {
    await lorax.post('/aos/failures', { rate: 1, type: 'drop' });
    const stream = await lorax.post('/generate_stream', { inputs: 'Hello' });
    const received: string[] = [];
    const read = async () => {
      for await (const bytes of stream.body ?? []) received.push(Buffer.from(bytes).toString());
    };
    await expect(read()).rejects.toThrow();
    const events = received.join('').match(/^data:/gm) ?? [];
    expect(events.length).toBeGreaterThan(0);
    expect(received.join('')).toContain('"generated_text":null');
    expect(received.join('')).not.toMatch(/"generated_text":"/);

    for (const path of ['/generate', '/embed']) {
      const answer = await lorax.post(path, { inputs: 'Hello' });
      expect(answer.status).toBe(200);
      await expect(answer.text()).rejects.toThrow();
    }
    await lorax.post('/aos/failures', { rate: 0 });
    expect(lorax.stats().running).toBe(0);
  });

  it('wants a rate between 0 and 1', async () => {
    expect((await lorax.post('/aos/failures', { rate: 2 })).status).toBe(422);
  });
});

describe('other paths and ports', () => {
  it('says what is not there', async () => {
    const response = await lorax.get('/nowhere?x=1');
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: 'There is no GET /nowhere here', error_type: 'not_found' },
    ]);
  });

  it('takes the next free port when its own is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const moved = await startTestLorax({ port });
    expect(moved.port).toBeGreaterThan(port);
    expect((await moved.get('/health')).status).toBe(200);
    await moved.dispose();
    other.close();
  });
});
