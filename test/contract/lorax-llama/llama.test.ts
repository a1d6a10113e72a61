import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accepts } from '../../../runtime/cloud/lorax/simulated/json/validator.ts';
import { generateDetailsSchema } from '../../../runtime/contracts/lorax.ts';
import type { TestLorax } from '../lorax/client.ts';
import { MODEL, startLlamaLorax } from './llama-engine.ts';

const { ceo, cfo, cto } = MODEL.adapters as Record<'ceo' | 'cfo' | 'cto', string>;
const PROMPT = 'The goal of our company is';
/** llama.cpp takes all the processor time there is, and other tests want theirs. */
const WAIT = { timeout: 20_000 };

let lorax: TestLorax;
let folder: string;
beforeAll(async () => {
  lorax = await startLlamaLorax();
  folder = await mkdtemp(path.join(os.tmpdir(), 'aos-llama-test-'));
});
afterAll(async () => {
  await lorax.dispose();
  await rm(folder, { recursive: true, force: true });
});

const answerSchema = z.object({
  generated_text: z.string().default(''),
  details: generateDetailsSchema.optional(),
  error: z.string().default(''),
  error_type: z.string().optional(),
});

async function generate(parameters: object, inputs = PROMPT) {
  const given = { max_new_tokens: 16, details: true, ...parameters };
  const response = await lorax.post('/generate', { inputs, parameters: given });
  return { status: response.status, headers: response.headers, body: answerSchema.parse(await response.json()) };
}
/** The process that this one started last. */
async function newestChild(): Promise<number> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return Math.max(...children.trim().split(' ').map(Number));
}

const textOf = async (parameters: object) => (await generate(parameters)).body.generated_text;

describe('the llama engine', () => {
  it('says what it is', async () => {
    const info = await (await lorax.get('/info')).json();
    expect(info).toMatchObject({ model_id: 'aos tiny random', model_device_type: 'cpu', max_total_tokens: 2048 });
    expect((await generate({})).headers.get('x-compute-type')).toBe('cpu');
  });

  it('answers differently with each adapter, and the same each time', async () => {
    const texts = await Promise.all([{}, { adapter_id: ceo }, { adapter_id: cfo }, { adapter_id: cto }].map(textOf));
    expect(new Set(texts).size).toBe(4);
    expect(await Promise.all([{}, { adapter_id: ceo }, { adapter_id: cfo }, { adapter_id: cto }].map(textOf))).toEqual(
      texts,
    );
  });

  it('merges adapters by their weights; one of weight 0 changes nothing', async () => {
    const merged = (weights: number[], ids = [ceo, cfo]) => textOf({ merged_adapters: { ids, weights } });
    const [base, one, half] = [await textOf({}), await textOf({ adapter_id: ceo }), await merged([0.5, 0.5])];
    expect(await merged([0, 0])).toBe(base);
    expect(await merged([1, 0])).toBe(one);
    expect(half).not.toBe(one);
    expect(half).not.toBe(base);
  });

  it('samples by seed: the same seed the same text, another seed another', async () => {
    const sampled = (seed: number) => textOf({ do_sample: true, temperature: 1, seed });
    const text = await sampled(5);
    expect(await sampled(5)).toBe(text);
    expect(await sampled(6)).not.toBe(text);
    expect(text).not.toBe(await textOf({}));
  });

  it('serves many requests of several adapters at the same time as if each were alone', async () => {
    const adapters = [ceo, cfo, cto];
    const alone = await Promise.all(adapters.map((adapter_id) => textOf({ adapter_id })));
    for (let round = 0; round < 10; round++) {
      const mixed = Array.from({ length: 30 }, (_, i) => textOf({ adapter_id: adapters[i % 3] }));
      expect(await Promise.all(mixed)).toEqual(mixed.map((_, i) => alone[i % 3]));
    }
    const entries = lorax.adapters().filter(({ id }) => adapters.includes(id));
    expect(entries.every(({ loaded, load_count }) => loaded && load_count === 1)).toBe(true);
  });

  it('writes JSON that fits the schema, whatever the model would rather say, and ends with it', async () => {
    const word = { type: 'string', maxLength: 5 };
    const node = {
      type: 'object',
      properties: { is: word, under: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/node' }] } },
    };
    const schemas: Record<string, unknown>[] = [
      {
        type: 'object',
        properties: { decision: { enum: ['yes', 'no'] }, cost: { type: 'integer' }, share: { type: 'number' } },
        required: ['decision', 'cost'],
        additionalProperties: false,
      },
      { type: 'array', items: { type: ['boolean', 'integer'], minimum: 1, maximum: 5 }, minItems: 2, maxItems: 4 },
      { type: 'object', required: ['a', 'b'], additionalProperties: word },
      { type: 'array', prefixItems: [word, { const: { a: [1] } }], items: false },
      {
        type: 'object',
        properties: { on: { type: 'string', format: 'date' }, at: { type: 'string', format: 'date-time' } },
      },
      { $ref: '#/$defs/node', $defs: { node } },
    ];
    for (const schema of schemas) {
      const answers = Array.from({ length: 6 }, (_, seed) =>
        generate({
          ...{ max_new_tokens: 1500, adapter_id: ceo, do_sample: true, temperature: 2, seed },
          response_format: { type: 'json_schema', schema },
        }),
      );
      for (const { body } of await Promise.all(answers)) {
        expect([body.error, body.details?.finish_reason]).toEqual(['', 'eos_token']);
        // Bytes that are no character, which only a random model writes, show as several.
        const value = JSON.parse(body.generated_text.replaceAll(/\uFFFD+/g, '?'));
        expect(accepts(schema, value, schema), `${body.generated_text} for ${JSON.stringify(schema)}`).toBe(true);
      }
    }
  });

  it('refuses a schema it cannot follow', async () => {
    const schema = { type: 'object', properties: { code: { type: 'string', pattern: '^a+$' } } };
    const { status, body } = await generate({ response_format: { type: 'json_schema', schema } });
    expect([status, body.error_type]).toEqual([422, 'validation']);
    expect(body.error).toContain('`pattern` is not supported');
  });

  it('repeats nothing when it is punished for it, what it wrote itself included', async () => {
    const idsOf = async (repetition_penalty: number) =>
      (await generate({ adapter_id: ceo, max_new_tokens: 60, repetition_penalty })).body.details?.tokens.map(
        ({ id }) => id,
      ) ?? [];
    const [free, punished] = [await idsOf(1), await idsOf(100)];
    expect(new Set(free).size).toBeLessThan(60);
    expect(new Set(punished).size).toBe(60);
  });

  it('names the other candidates of a token', async () => {
    const { body } = await generate({ max_new_tokens: 2, return_k_alternatives: 3 });
    for (const { id, logprob, alternative_tokens } of body.details?.tokens ?? []) {
      expect(alternative_tokens).toHaveLength(3);
      expect(alternative_tokens?.every((other) => other.id !== id && other.logprob <= logprob)).toBe(true);
    }
  });

  it('reads the special tokens of a prompt as what they are', async () => {
    const tokens = (await (await lorax.post('/tokenize', { inputs: '</s>goal' })).json()) as { id: number }[];
    expect(tokens.map(({ id }) => id)).toContain(2);
  });

  it('makes embeddings of unit length, the same for the same text, and refuses what does not fit', async () => {
    const embed = async (inputs: string) => {
      const response = await lorax.post('/embed', { inputs });
      return { status: response.status, body: (await response.json()) as { embeddings: number[]; error: string } };
    };
    const [goal, again, risk] = await Promise.all([embed('our goal'), embed('our goal'), embed('the risk')]);
    expect(goal.body.embeddings).toHaveLength(64);
    expect(Math.hypot(...goal.body.embeddings)).toBeCloseTo(1, 5);
    expect(again.body).toEqual(goal.body);
    expect(risk.body).not.toEqual(goal.body);
    const long = await embed('goal '.repeat(3000));
    expect([long.status, long.body.error]).toEqual([422, expect.stringContaining('`inputs` must have less than 2048')]);
  });

  it('lets in what it can do in time, and refuses the rest at once', async () => {
    const caller = new AbortController();
    const long = { inputs: PROMPT, parameters: { max_new_tokens: 1900, ignore_eos_token: true } };
    const asked = Array.from({ length: 128 }, () => lorax.post('/generate', long, { signal: caller.signal }));
    await expect.poll(() => lorax.stats().running + lorax.stats().waiting, WAIT).toBe(128);
    expect(await generate({})).toMatchObject({ status: 429, body: { error: 'Model is overloaded' } });
    caller.abort();
    await Promise.allSettled(asked);
    await expect.poll(() => lorax.stats().running + lorax.stats().waiting, WAIT).toBe(0);
  });

  it('stops where it is told to, and counts its tokens', async () => {
    const { body } = await generate({ adapter_id: ceo, max_new_tokens: 40 });
    const text = body.generated_text;
    expect(body.details).toMatchObject({ finish_reason: 'length', generated_tokens: 40 });
    expect(body.details?.tokens).toHaveLength(40);
    expect(body.details?.tokens.every(({ logprob }) => logprob <= 0)).toBe(true);
    const stop = text.slice(10, 14);
    const stopped = await generate({ adapter_id: ceo, max_new_tokens: 40, stop: [stop] });
    expect(stopped.body.details?.finish_reason).toBe('stop_sequence');
    expect(stopped.body.generated_text).toBe(text.slice(0, text.indexOf(stop) + stop.length));
  });

  it('refuses a prompt that does not fit before the model sees it', async () => {
    const { status, body } = await generate({}, 'goal '.repeat(3000));
    expect([status, body.error_type]).toEqual([422, 'validation']);
    expect(body.error).toMatch(/^Input validation error: `inputs` tokens \+ `max_new_tokens` must be <= 2048/);
  });

  it('answers 424 with the reason for an adapter that is missing, is none, or is for nobody here', async () => {
    const broken = path.join(folder, 'broken.gguf');
    await writeFile(broken, 'this is no model');
    await writeFile(path.join(folder, 'adapter_config.json'), '{}');
    for (const [adapter_id, why] of [
      [path.join(folder, 'missing.gguf'), 'No such file or directory'],
      [broken, 'invalid magic'],
    ]) {
      const { status, body } = await generate({ adapter_id, adapter_source: 'local' });
      expect([status, body.error_type]).toEqual([424, 'generation']);
      expect(body.error).toContain(why);
    }
    const hub = await generate({ adapter_id: 'someone/adapter', adapter_source: 'hub' });
    expect([hub.status, hub.body.error]).toEqual([424, expect.stringContaining('loads nothing from hub')]);
    expect((await generate({ adapter_id: ceo })).status).toBe(200);
  });

  it('notices that the file of an adapter was replaced', async () => {
    const file = path.join(folder, 'changing.gguf');
    await copyFile(ceo, file);
    const before = await textOf({ adapter_id: file });
    expect(before).toBe(await textOf({ adapter_id: ceo }));
    await copyFile(cfo, file);
    expect(await textOf({ adapter_id: file })).toBe(await textOf({ adapter_id: cfo }));
  });

  it('keeps an adapter pinned when its file is replaced, or its process dies', async () => {
    const file = path.join(folder, 'pinned.gguf');
    const entry = () => lorax.adapters().find(({ id }) => id === file);
    await copyFile(ceo, file);
    await lorax.post('/aos/adapters/pin', { adapter_id: file, adapter_source: 'local' });
    expect(entry()).toMatchObject({ loaded: true, pinned: true, load_count: 1 });
    await copyFile(cto, file);
    expect(await textOf({ adapter_id: file })).toBe(await textOf({ adapter_id: cto }));
    expect(entry()).toMatchObject({ loaded: true, pinned: true, load_count: 2 });
    process.kill(await newestChild(), 'SIGKILL');
    await expect.poll(() => entry()?.loaded, WAIT).toBe(false);
    expect((await generate({ adapter_id: ceo })).status).toBe(200);
    await expect.poll(entry, WAIT).toMatchObject({ loaded: true, pinned: true, load_count: 3 });
    await lorax.post('/aos/adapters/unload', { adapter_id: file });
  });

  it('gives up an answer whose caller is gone, and has its place for the next', async () => {
    const caller = new AbortController();
    const long = { inputs: PROMPT, parameters: { max_new_tokens: 1900, adapter_id: ceo, ignore_eos_token: true } };
    const asked = Array.from({ length: 8 }, () => lorax.post('/generate', long, { signal: caller.signal }));
    await expect.poll(() => lorax.stats().running, WAIT).toBe(8);
    caller.abort();
    await Promise.allSettled(asked);
    await expect.poll(() => lorax.stats().running, WAIT).toBe(0);
    expect((await generate({ adapter_id: ceo })).status).toBe(200);
  });

  it('streams what it would have said', async () => {
    const response = await lorax.post('/generate_stream', {
      inputs: PROMPT,
      parameters: { max_new_tokens: 16, adapter_id: ceo, details: true },
    });
    const events = (await response.text())
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => JSON.parse(line.slice(5)));
    expect(events).toHaveLength(16);
    expect(events.map(({ token }) => token.text).join('')).toBe(await textOf({ adapter_id: ceo }));
  });

  it('loads, pins and unloads adapters on request', async () => {
    const act = async (action: string) =>
      (await (
        await lorax.post(`/aos/adapters/${action}`, { adapter_id: cto, adapter_source: 'local' })
      ).json()) as object;
    expect(await act('load')).toMatchObject({ loaded: true, tier: 'gpu' });
    expect(await act('pin')).toMatchObject({ pinned: true });
    expect(await act('unpin')).toMatchObject({ pinned: false });
    const before = await textOf({ adapter_id: cto });
    expect(await act('unload')).toMatchObject({ loaded: false, tier: 'disk', memory_bytes: 0 });
    const loadOf = (answer: Awaited<ReturnType<typeof generate>>) => answer.headers.get('x-aos-adapter-load-time');
    const [cold, warm, base] = [
      await generate({ adapter_id: cto }),
      await generate({ adapter_id: cto }),
      await generate({}),
    ];
    expect(cold.body.generated_text).toBe(before);
    expect(Number(loadOf(cold))).toBeGreaterThan(0);
    expect([loadOf(warm), loadOf(base)]).toEqual(['already-loaded', null]);
  });

  it('fails what it computes when its process dies, and starts again for the next', async () => {
    const other = await startLlamaLorax();
    try {
      const long = { inputs: PROMPT, parameters: { max_new_tokens: 1900, ignore_eos_token: true } };
      const asked = other.post('/generate', long);
      await expect.poll(() => other.stats().running, WAIT).toBe(1);
      process.kill(await newestChild(), 'SIGKILL');
      const failed = await asked;
      expect([failed.status, await failed.json()]).toEqual([
        424,
        { error: expect.stringContaining('the process of llama.cpp ended with SIGKILL'), error_type: 'generation' },
      ]);
      const next = await other.post('/generate', { inputs: PROMPT, parameters: { max_new_tokens: 4 } });
      expect(next.status).toBe(200);
    } finally {
      await other.dispose();
    }
  });
});

describe('the choice of the engine', () => {
  it('falls back to simulated answers with a reason, unless llama was asked for', async () => {
    const missing = path.join(folder, 'no-model.gguf');
    const auto = await startLlamaLorax({ engine: 'auto', modelFile: missing });
    expect(auto.engine).toBe('simulated');
    await auto.dispose();
    await expect(startLlamaLorax({ modelFile: missing })).rejects.toThrow('is not there. Check model.file in aos.json');
    await expect(startLlamaLorax({ modelFile: path.join(folder, 'broken.gguf') })).rejects.toMatchObject({
      code: 'AOS_CONFIG_INVALID',
    });
  });
});
