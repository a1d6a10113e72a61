import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  embeddingsResponseSchema,
  embedResponseSchema,
  tokenizeResponseSchema,
} from '../../../runtime/contracts/lorax.ts';
import { startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeAll(async () => {
  lorax = await startTestLorax({ profile: { maxInputTokens: 20 } });
});
afterAll(() => lorax.dispose());

describe('POST /v1/embeddings', () => {
  const ask = (body: object) => lorax.post('/v1/embeddings', body);

  it("has OpenAI's list under `data` and LoRAX's under `embeddings`, with model and usage", async () => {
    const response = await ask({ model: 'cfo', input: ['Our cash is low', 'Hello'] });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-compute-type')).toBe('simulated');
    const body = embeddingsResponseSchema.parse(await response.json());
    expect(body).toMatchObject({ object: 'list', model: 'cfo', usage: { prompt_tokens: 5, total_tokens: 5 } });
    expect(body.data.map(({ object, index }) => [object, index])).toEqual([
      ['embedding', 0],
      ['embedding', 1],
    ]);
    expect(body.embeddings).toEqual(body.data);
  });

  it('sends the same vector as numbers and as base64 of little-endian floats', async () => {
    const one = async (encoding_format?: string) =>
      embeddingsResponseSchema.parse(await (await ask({ input: 'Our cash is low', encoding_format })).json()).data[0]
        ?.embedding;
    const numbers = (await one('float')) as number[];
    const bytes = Buffer.from((await one('base64')) as string, 'base64');
    expect(bytes.length).toBe(numbers.length * 4);
    numbers.forEach((value, index) => {
      expect(bytes.readFloatLE(index * 4)).toBeCloseTo(value, 6);
    });
    expect(await one()).toEqual(numbers);
  });

  it.each([
    [{ input: null }, 400, 'invalid_input'],
    [{ input: [] }, 400, 'invalid_input'],
    [{ input: [1, 2, 3] }, 400, 'invalid_input'],
    [{ input: { text: 'x' } }, 400, 'invalid_input'],
    [{ input: 'x', dimensions: 3 }, 400, 'invalid_input'],
    [{ input: '' }, 422, 'validation'],
    [{ input: 'word '.repeat(30) }, 422, 'validation'],
    [{ input: 'x', model: '/no/such/adapter', adapter_source: 'local' }, 424, 'generation'],
  ])('refuses %j with %i', async (body, status, error_type) => {
    const response = await ask(body);
    expect([response.status, await response.json()]).toEqual([status, { error: expect.any(String), error_type }]);
  });
});

describe('POST /embed', () => {
  const embed = async (body: object) =>
    embedResponseSchema.parse(await (await lorax.post('/embed', body)).json()).embeddings;

  it('answers one flat vector of unit length, another one for another adapter', async () => {
    const vector = await embed({ inputs: 'Our cash is low' });
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    expect(await embed({ inputs: 'Our cash is low', parameters: null })).toEqual(vector);
    expect(await embed({ inputs: 'Our cash is low', parameters: { adapter_id: 'cfo' } })).not.toEqual(vector);
  });
});

describe('POST /tokenize', () => {
  it('gives id, text and characters of each token', async () => {
    const response = await lorax.post('/tokenize', { inputs: 'Grüße 🗼 now' });
    const tokens = tokenizeResponseSchema.parse(await response.json());
    expect(tokens.map(({ text, start, stop }) => [text, start, stop])).toEqual([
      ['Grüße', 0, 5],
      [' 🗼', 5, 7],
      [' now', 7, 11],
    ]);
    const without = await lorax.post('/tokenize', { inputs: 'Grüße 🗼 now', add_special_tokens: false });
    expect(await without.json()).toEqual(tokens);
  });

  it('wants inputs', async () => {
    const response = await lorax.post('/tokenize', {});
    expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('missing field `inputs`')]);
  });
});
