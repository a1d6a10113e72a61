import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
let client: OpenAI;
beforeAll(async () => {
  lorax = await startTestLorax({ baseModel: 'base-7b' });
  client = new OpenAI({ baseURL: `${lorax.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(() => lorax.dispose());

const messages = [{ role: 'user' as const, content: 'Can we afford a second warehouse?' }];

describe('the openai client', () => {
  it('gets chat answers, whole and streamed', async () => {
    const whole = await client.chat.completions.create({ model: 'cfo', messages, temperature: 0 });
    expect(whole.object).toBe('chat.completion');
    const [choice] = whole.choices;
    expect(choice).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } });

    const stream = await client.chat.completions.create({
      ...{ model: 'cfo', messages, temperature: 0, stream: true as const },
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(choice?.message.content);
    expect(usage).toEqual(whole.usage);
  });

  it('collects a stream by its helper', async () => {
    const runner = client.chat.completions.stream({ model: 'cfo', messages, temperature: 0 });
    const final = await runner.finalChatCompletion();
    expect(final.choices[0]?.message.content).toMatch(/^\[simulated:cfo\]/);
    expect(final.choices[0]?.finish_reason).toBe('stop');
  });

  it('gets log probabilities', async () => {
    const { choices } = await client.chat.completions.create({
      ...{ model: 'cfo', messages, max_completion_tokens: 5, logprobs: true, top_logprobs: 2 },
    });
    const content = choices[0]?.logprobs?.content ?? [];
    expect(content.map(({ token }) => token).join('')).toBe(choices[0]?.message.content);
    expect(content.every(({ top_logprobs, logprob }) => top_logprobs.length === 2 && logprob < 0)).toBe(true);
  });

  it('gets JSON for a schema', async () => {
    const schema = {
      type: 'object',
      properties: { decision: { enum: ['yes', 'no'] }, reasons: { type: 'array', items: { type: 'string' } } },
      required: ['decision', 'reasons'],
      additionalProperties: false,
    };
    const { choices } = await client.chat.completions.create({
      ...{ model: 'cfo', messages },
      response_format: { type: 'json_schema', json_schema: { name: 'decision', schema, strict: true } },
    });
    expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({
      decision: 'yes',
      reasons: [expect.stringContaining('simulated')],
    });
  });

  it('gets completions, whole and streamed', async () => {
    const request = { model: 'cfo', prompt: 'Our cash is', max_tokens: 12, temperature: 0 };
    const whole = await client.completions.create(request);
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'length', index: 0 });
    let text = '';
    for await (const chunk of await client.completions.create({ ...request, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    expect(text).toBe(whole.choices[0]?.text);
  });

  it('gets embeddings: it asks for base64 by itself and decodes it', async () => {
    const { data, usage } = await client.embeddings.create({ model: 'base-7b', input: ['Our cash', 'is low'] });
    expect(data).toHaveLength(2);
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
    expect(usage.total_tokens).toBe(4);
    const floats = await client.embeddings.create({ model: '', input: 'Our cash', encoding_format: 'float' });
    floats.data[0]?.embedding.forEach((value, index) => {
      expect(value).toBeCloseTo(data[0]?.embedding[index] ?? Number.NaN, 6);
    });
  });

  it('lists the base model and the adapters', async () => {
    await client.chat.completions.create({ model: 'acme/legal', messages });
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids[0]).toBe('aos/simulated');
    expect(ids).toContain('acme/legal');
  });

  it('reads the statuses of errors, also of one inside a stream', async () => {
    const wrongKey = new OpenAI({ baseURL: `${lorax.url}/v1`, apiKey: 'wrong', maxRetries: 0 });
    await expect(wrongKey.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    const bad = client.chat.completions.create({ model: 'cfo', messages, top_p: 2 });
    await expect(bad).rejects.toMatchObject({ status: 422, error: expect.stringContaining('`top_p` must be') });
    await lorax.post('/aos/failures', { rate: 1, type: 429 });
    await expect(client.chat.completions.create({ model: 'cfo', messages })).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    );
    await lorax.post('/aos/failures', { rate: 1, type: 424 });
    const stream = await client.chat.completions.create({ model: 'cfo', messages, stream: true });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow(/injected failure/);
    await lorax.post('/aos/failures', { rate: 0 });
  });

  it('ends the generation when it aborts', async () => {
    const slow = await startTestLorax({ profile: { timeScale: 1 } });
    const patient = new OpenAI({ baseURL: `${slow.url}/v1`, apiKey: KEY, maxRetries: 0 });
    const stream = await patient.chat.completions.create({ model: '', messages, stream: true });
    for await (const _ of stream) break;
    await expect.poll(() => slow.stats().running).toBe(0);
    await slow.dispose();
  });
});
