import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateResponseSchema, loraxInfoSchema, modelListSchema } from '../../../runtime/contracts/lorax.ts';
import { startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeAll(async () => {
  lorax = await startTestLorax({ baseModel: 'meta-llama/Llama-3.1-8B' });
});
afterAll(() => lorax.dispose());

async function generate(inputs: string, parameters: Record<string, unknown> = {}) {
  const response = await lorax.post('/generate', { inputs, parameters });
  expect(response.status).toBe(200);
  return generateResponseSchema.parse(await response.json());
}

describe('POST /generate', () => {
  it('answers an object whose details are absent unless asked for', async () => {
    const response = await lorax.post('/generate', { inputs: 'What is our plan?' });
    const body = await response.json();
    expect(Object.keys(body as object)).toEqual(['generated_text']);
  });

  it('lets readers see that the text is simulated, and by which adapter', async () => {
    expect((await generate('Hello', { adapter_id: 'acme/ceo' })).generated_text).toMatch(/^\[simulated:ceo\] [A-Z]/);
    expect((await generate('Hello')).generated_text).toMatch(/^\[simulated:base\] /);
    expect((await generate('Hello', { adapter_id: '' })).generated_text).toMatch(/^\[simulated:base\] /);
    expect((await generate('Hello', { adapter_id: 'meta-llama/Llama-3.1-8B' })).generated_text).toMatch(
      /^\[simulated:base\]/,
    );
  });

  it('gives every figure of the details', async () => {
    const { generated_text, details } = await generate('One two three', {
      adapter_id: 'cfo',
      details: true,
      decoder_input_details: true,
      max_new_tokens: 12,
    });
    expect(details).toMatchObject({
      finish_reason: 'length',
      prompt_tokens: 3,
      generated_tokens: 12,
      skipped_tokens: 0,
      seed: null,
    });
    expect(details?.prefill.map(({ text }) => text).join('')).toBe('One two three');
    expect(details?.tokens.map(({ text }) => text).join('')).toBe(generated_text);
    expect(details?.tokens.every((token) => Number.isInteger(token.id) && token.logprob < 0 && !token.special)).toBe(
      true,
    );
  });

  it('accepts null for every optional field', async () => {
    const names = [
      'adapter_id',
      'adapter_source',
      'merged_adapters',
      'api_token',
      'best_of',
      'temperature',
      'top_k',
      'top_p',
    ];
    names.push(
      'repetition_penalty',
      'frequency_penalty',
      'presence_penalty',
      'typical_p',
      'do_sample',
      'watermark',
      'seed',
    );
    names.push(
      'ignore_eos_token',
      'max_new_tokens',
      'return_full_text',
      'stop',
      'truncate',
      'details',
      'response_format',
    );
    names.push('decoder_input_details', 'return_k_alternatives', 'apply_chat_template');
    const nothing = Object.fromEntries(names.map((name) => [name, null]));
    expect((await generate('Hello', nothing)).generated_text).toBe((await generate('Hello')).generated_text);
    const response = await lorax.post('/generate', { inputs: 'Hello', parameters: null, stream: null });
    expect(response.status).toBe(200);
  });

  it('ends by length, by the end of the text, and by a stop sequence, which stays in the text', async () => {
    const whole = await generate('Tell me about stock levels', { details: true });
    expect(whole.details?.finish_reason).toBe('eos_token');
    expect(whole.details?.tokens.at(-1)).toMatchObject({ special: true, text: '</s>' });
    expect(whole.generated_text).not.toContain('</s>');

    const words = whole.generated_text.split(' ');
    const stop = `${words[3]} ${words[4]}`;
    const stopped = await generate('Tell me about stock levels', { details: true, stop: ['not in the text', stop] });
    expect(stopped.details?.finish_reason).toBe('stop_sequence');
    expect(stopped.generated_text).toBe(words.slice(0, 5).join(' '));

    const endless = await generate('Tell me about stock levels', {
      details: true,
      ignore_eos_token: true,
      max_new_tokens: 500,
    });
    expect(endless.details).toMatchObject({ finish_reason: 'length', generated_tokens: 500 });
  });

  it('puts the prompt before the text with return_full_text', async () => {
    const { generated_text } = await generate('Say hello.', { return_full_text: true });
    expect(generated_text).toMatch(/^Say hello\.\[simulated:base\] /);
  });

  it('keeps only the end of a truncated prompt', async () => {
    const { details } = await generate('one two three four', {
      truncate: 2,
      details: true,
      decoder_input_details: true,
    });
    expect(details?.prefill.map(({ text }) => text)).toEqual([' three', ' four']);
  });

  it('is deterministic per adapter, prompt, seed and position', async () => {
    const ask = async (adapter: string, prompt: string, seed?: number) =>
      (await generate(prompt, { adapter_id: adapter, ...(seed === undefined ? {} : { seed, do_sample: true }) }))
        .generated_text;
    const first = await ask('ceo', 'Open an office in Berlin?');
    expect(await ask('ceo', 'Open an office in Berlin?')).toBe(first);
    expect(await ask('cfo', 'Open an office in Berlin?')).not.toBe(first);
    expect(await ask('ceo', 'Open an office in Madrid?')).not.toBe(first);
    const seeded = await ask('ceo', 'Open an office in Berlin?', 7);
    expect(await ask('ceo', 'Open an office in Berlin?', 7)).toBe(seeded);
    expect(await ask('ceo', 'Open an office in Berlin?', 8)).not.toBe(seeded);
  });

  it('reports the seed that was drawn, and none without sampling', async () => {
    const drawn = await generate('Hello', { do_sample: true, details: true });
    expect(drawn.details?.seed).toBeTypeOf('number');
    const again = await generate('Hello', { do_sample: true, seed: drawn.details?.seed });
    expect(again.generated_text).toBe(drawn.generated_text);
    expect((await generate('Hello', { do_sample: true, temperature: 0, details: true })).details?.seed).toBeNull();
  });

  it('gives the best of several answers and the others beside it', async () => {
    const { generated_text, details } = await generate('Hello', { best_of: 2, do_sample: true, details: true });
    expect(details?.best_of_sequences).toHaveLength(1);
    expect(details?.best_of_sequences?.[0]?.generated_text).not.toBe(generated_text);
  });

  it('lists alternatives of each token', async () => {
    const { details } = await generate('Hello', { return_k_alternatives: 2, details: true, max_new_tokens: 2 });
    expect(details?.tokens.map((token) => token.alternative_tokens?.length)).toEqual([2, 2]);
  });

  it('merges adapters', async () => {
    const response = await lorax.post('/generate', {
      inputs: 'Hello',
      parameters: {
        merged_adapters: { ids: ['ceo', 'cfo'], weights: [0.5, 0.5], merge_strategy: 'ties', density: 0.5 },
      },
    });
    expect(response.headers.get('x-adapter-id')).toBe('ceo,cfo');
    expect(await response.json()).toMatchObject({ generated_text: expect.stringMatching(/^\[simulated:ceo\+cfo\]/) });
  });

  it('answers JSON that fits a plain schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        decision: { enum: ['approve', 'reject'] },
        score: { type: 'integer', minimum: 3 },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['decision', 'score', 'tags'],
    };
    const { generated_text } = await generate('Approve?', { response_format: { type: 'json_schema', schema } });
    expect(JSON.parse(generated_text)).toEqual({
      decision: 'approve',
      score: 3,
      tags: [expect.stringContaining('simulated')],
    });
    const free = await generate('Approve?', { response_format: { type: 'json_object' } });
    expect(JSON.parse(free.generated_text)).toBeTypeOf('object');
  });

  it('tells tokens, times and the engine in headers', async () => {
    const { headers } = await lorax.post('/generate', {
      inputs: 'Größe?',
      parameters: { adapter_id: 'ceo', max_new_tokens: 5 },
    });
    const figures = ['x-compute-time', 'x-total-time', 'x-validation-time', 'x-queue-time', 'x-inference-time'];
    figures.push('x-time-per-token', 'x-time-to-first-token', 'x-time-per-output-token', 'x-prompt-tokens');
    for (const name of figures) expect(headers.get(name), name).toMatch(/^\d+$/);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-compute-type': 'simulated',
      'x-compute-characters': '6',
      'x-generated-tokens': '5',
      'x-skipped-tokens': '0',
      'x-total-tokens': '7',
      'x-model-id': 'aos/simulated',
      'x-adapter-id': 'ceo',
      'x-adapter-source': 'hub',
    });
    const base = await lorax.post('/generate', { inputs: 'Hello' });
    expect(base.headers.has('x-adapter-id')).toBe(false);
  });
});

describe.each(['/', '/invocations'])('POST %s', (path) => {
  it('answers an array of one', async () => {
    const response = await lorax.post(path, { inputs: 'Hello', stream: false });
    const body = (await response.json()) as unknown[];
    expect(body).toHaveLength(1);
    generateResponseSchema.parse(body[0]);
  });
});

describe('what the endpoint says of itself', () => {
  it('is healthy, with an empty body', async () => {
    for (const path of ['/', '/health', '/ping']) {
      const response = await lorax.get(path, {});
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
  });

  it('describes a simulated device in /info', async () => {
    const info = loraxInfoSchema.parse(await (await lorax.get('/info')).json());
    expect(info).toMatchObject({
      model_id: 'aos/simulated',
      model_device_type: 'simulated',
      max_best_of: 2,
      max_stop_sequences: 10,
      aos_profile: 'assumed',
    });
  });

  it('lists the base model and each adapter with what it did', async () => {
    const fresh = await startTestLorax();
    await fresh.post('/generate', { inputs: 'Hello', parameters: { adapter_id: 'coo' } });
    await fresh.post('/generate', { inputs: 'Hello', parameters: { adapter_id: 'coo' } });
    const { data } = modelListSchema.parse(await (await fresh.get('/v1/models')).json());
    await fresh.dispose();
    expect(data.map(({ id, parent }) => [id, parent])).toEqual([
      ['aos/simulated', null],
      ['coo', 'aos/simulated'],
    ]);
    expect(data[1]?.aos).toMatchObject({ loaded: true, size_bytes: 40_000_000, load_count: 1, inference_count: 2 });
    expect(data[1]?.aos?.last_used).toBeTypeOf('number');
  });
});

describe('adapters from local files', () => {
  it('have the size of their files, and another text when the files change', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aos-adapter-'));
    await writeFile(join(folder, 'adapter_config.json'), '{"r": 8}');
    const ask = () => generate('Hello', { adapter_id: folder, adapter_source: 'local' });
    const before = await ask();
    const { data } = modelListSchema.parse(await (await lorax.get('/v1/models')).json());
    expect(data.find(({ id }) => id === folder)?.aos?.size_bytes).toBe(8);
    await writeFile(join(folder, 'adapter_config.json'), '{"r": 9}');
    expect((await ask()).generated_text).not.toBe(before.generated_text);
    await rm(folder, { recursive: true });
  });
});
