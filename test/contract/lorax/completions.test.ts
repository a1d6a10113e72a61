import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionSchema } from '../../../runtime/contracts/lorax.ts';
import { eventsOf, startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeAll(async () => {
  lorax = await startTestLorax();
});
afterAll(() => lorax.dispose());

const ask = (extra: Record<string, unknown> = {}) =>
  lorax.post('/v1/completions', { model: 'cfo', prompt: 'Our cash is', temperature: 0, ...extra });

async function answer(extra: Record<string, unknown> = {}) {
  const response = await ask(extra);
  expect(response.status).toBe(200);
  return completionSchema.parse(await response.json());
}

async function chunks(extra: Record<string, unknown> = {}) {
  const events = eventsOf(await (await ask({ stream: true, ...extra })).text());
  expect(events.pop()).toBe('[DONE]');
  return events.map((event) => completionSchema.parse(event));
}

describe('POST /v1/completions', () => {
  it("answers in OpenAI's shape with a real id, time and model, and LoRAX's headers", async () => {
    const response = await ask();
    expect(response.headers.get('x-adapter-id')).toBe('cfo');
    expect(response.headers.get('x-generated-tokens')).toMatch(/^\d+$/);
    const body = completionSchema.parse(await response.json());
    expect(body).toMatchObject({ object: 'text_completion', model: 'cfo', id: expect.stringMatching(/^cmpl/) });
    expect(body.created).toBeGreaterThan(1.7e9);
    expect(body.choices).toEqual([
      { index: 0, text: expect.stringMatching(/^\[simulated:cfo\] /), logprobs: null, finish_reason: 'stop' },
    ]);
    expect(body.usage?.total_tokens).toBe((body.usage?.prompt_tokens ?? 0) + (body.usage?.completion_tokens ?? 0));
  });

  it('samples by temperature, without `n` too', async () => {
    const text = async (extra: object) => (await answer({ temperature: null, ...extra })).choices[0]?.text;
    expect(await text({ seed: 1 })).not.toBe(await text({ seed: 2 }));
    expect(await text({ seed: 1, temperature: 0 })).toBe(await text({ seed: 2, temperature: 0 }));
  });

  it('has one choice for each of `n`, and one for `best_of` alone', async () => {
    const { choices, usage } = await answer({ n: 2, temperature: 1, max_tokens: 8 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(choices[0]?.text).not.toBe(choices[1]?.text);
    expect(usage?.completion_tokens).toBe(16);
    expect((await answer({ best_of: 2, temperature: 1 })).choices).toHaveLength(1);
  });

  it('takes the prompt as text or as a list of one, and says that it answers no more', async () => {
    expect((await answer({ prompt: ['Our cash is'] })).choices[0]?.text).toBe((await answer()).choices[0]?.text);
    const several = await ask({ prompt: ['one', 'two'] });
    expect([several.status, await several.json()]).toEqual([
      422,
      { error: expect.stringMatching(/^Input validation error: `prompt` must be one text/), error_type: 'validation' },
    ]);
  });

  it('echoes the prompt when asked, hides the stop sequence, and says why it ended', async () => {
    const whole = (await answer()).choices[0]?.text ?? '';
    expect((await answer({ echo: true })).choices[0]?.text).toBe(`Our cash is${whole}`);
    const stop = whole.split(' ')[5] ?? '';
    expect((await answer({ stop })).choices[0]).toMatchObject({
      text: whole.slice(0, whole.indexOf(stop)),
      finish_reason: 'stop',
    });
    expect((await answer({ max_tokens: 3 })).choices[0]).toMatchObject({ finish_reason: 'length' });
  });

  it('gives log probabilities with offsets into the text', async () => {
    const { choices } = await answer({ logprobs: 2, max_tokens: 6, echo: true });
    const { text = '', logprobs } = choices[0] ?? {};
    const { tokens = [], token_logprobs = [], top_logprobs, text_offset = [] } = logprobs ?? {};
    expect(tokens).toHaveLength(6);
    expect(token_logprobs.every((value) => value < 0)).toBe(true);
    expect(tokens.map((token, n) => text.startsWith(token, text_offset[n]))).toEqual(Array(6).fill(true));
    expect(top_logprobs?.map((candidates) => Object.keys(candidates).length)).toEqual(Array(6).fill(2));
  });

  it('streams the same text in chunks of one id; reason and usage come last', async () => {
    const whole = await answer({ echo: true });
    const all = await chunks({ echo: true });
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(
      all.every(({ object, created, model }) => object === 'text_completion' && created > 0 && model === 'cfo'),
    ).toBe(true);
    expect(all.map(({ choices }) => choices[0]?.text).join('')).toBe(whole.choices[0]?.text);
    expect(all.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: whole.usage });
    expect(all.slice(0, -1).every(({ usage, choices }) => !usage && choices[0]?.finish_reason === null)).toBe(true);
  });

  it('sends an error of a stream as an event, without [DONE]', async () => {
    const response = await ask({ stream: true, n: 2, temperature: 1 });
    expect(response.status).toBe(200);
    expect(eventsOf(await response.text())).toEqual([
      {
        error: 'Input validation error: `best_of` != 1 is not supported when streaming tokens',
        error_type: 'validation',
      },
    ]);
  });
});
