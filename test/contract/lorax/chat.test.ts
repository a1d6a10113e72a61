import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatCompletionChunkSchema, chatCompletionSchema } from '../../../runtime/contracts/lorax.ts';
import { eventsOf, startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeAll(async () => {
  lorax = await startTestLorax({ baseModel: 'base-7b' });
});
afterAll(() => lorax.dispose());

const messages = [
  { role: 'system', content: 'You are the chief financial officer.' },
  { role: 'user', content: [{ type: 'text', text: 'Can we afford a second warehouse?' }] },
];
const ask = (extra: Record<string, unknown> = {}) =>
  lorax.post('/v1/chat/completions', { model: 'cfo', messages, temperature: 0, ...extra });

async function answer(extra: Record<string, unknown> = {}) {
  const response = await ask(extra);
  expect(response.status).toBe(200);
  return chatCompletionSchema.parse(await response.json());
}

async function chunks(extra: Record<string, unknown> = {}) {
  const events = eventsOf(await (await ask({ stream: true, ...extra })).text());
  expect(events.pop()).toBe('[DONE]');
  return events.map((event) => chatCompletionChunkSchema.parse(event));
}

describe('POST /v1/chat/completions', () => {
  it("answers in OpenAI's shape with a real id, time and model", async () => {
    const first = await answer();
    expect(first).toMatchObject({
      object: 'chat.completion',
      model: 'cfo',
      system_fingerprint: expect.stringMatching(/^aos-sim-/),
    });
    expect(first.choices[0]).toMatchObject({ index: 0, message: { role: 'assistant' }, finish_reason: 'stop' });
    expect(first.choices[0]?.message.content).toMatch(/^\[simulated:cfo\] /);
    expect(first.created).toBeGreaterThan(1.7e9);
    const { usage } = first;
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    expect((await answer()).id).not.toBe(first.id);
  });

  it('means the base model by an empty model, its id or no model', async () => {
    for (const model of ['', 'aos/simulated', 'base-7b', null]) {
      const { choices } = await answer({ model });
      expect(choices[0]?.message.content).toMatch(/^\[simulated:base\] /);
    }
  });

  it('answers the same question alike, with a seed or without, and another seed differently', async () => {
    const text = async (extra: object) => (await answer({ temperature: null, ...extra })).choices[0]?.message.content;
    for (const extra of [{}, { temperature: 0 }, { temperature: 0.7 }, { seed: 5 }]) {
      expect(await text(extra)).toBe(await text(extra));
    }
    expect(await text({ seed: 5 })).not.toBe(await text({ seed: 6 }));
    expect(await text({ seed: 5 })).not.toBe(await text({}));
  });

  it('answers another prompt, and another adapter, differently', async () => {
    const text = async (extra: object) => (await answer({ temperature: null, ...extra })).choices[0]?.message.content;
    const [cfo, cto] = [await text({}), await text({ model: 'cto' })];
    expect(cto?.replace('[simulated:cto]', '')).not.toBe(cfo?.replace('[simulated:cfo]', ''));
    expect(await text({ messages: [{ role: 'user', content: 'Can we afford a third warehouse?' }] })).not.toBe(cfo);
  });

  it('takes stop as a string or a list, does not show it, and calls it `stop`', async () => {
    const whole = (await answer()).choices[0]?.message.content ?? '';
    const stop = whole.split(' ')[4] ?? '';
    for (const given of [stop, [stop]]) {
      const { choices } = await answer({ stop: given });
      expect(choices[0]).toMatchObject({
        finish_reason: 'stop',
        message: { content: whole.slice(0, whole.indexOf(stop)) },
      });
    }
  });

  it('says `length` when max_tokens ends it', async () => {
    const { choices, usage } = await answer({ max_tokens: 4 });
    expect(choices[0]?.finish_reason).toBe('length');
    expect(usage?.completion_tokens).toBe(4);
  });

  it('answers JSON for a schema in either place', async () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    for (const response_format of [
      { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
      { type: 'json_schema', schema },
    ]) {
      expect(JSON.parse((await answer({ response_format })).choices[0]?.message.content ?? '')).toEqual({ ok: true });
    }
  });

  it('has no tools, and says so', async () => {
    const response = await ask({ tools: [{ type: 'function', function: { name: 'f' } }] });
    expect([response.status, await response.json()]).toEqual([
      422,
      { error: 'Tool error: this server does not offer tools', error_type: 'tool_error' },
    ]);
  });

  it('streams chunks of one id: the role first, usage and the reason last, then [DONE]', async () => {
    const all = await chunks();
    const whole = await answer();
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(
      all.every(({ object, created, model }) => object === 'chat.completion.chunk' && created > 0 && model === 'cfo'),
    ).toBe(true);
    expect(all[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(all.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(whole.choices[0]?.message.content);
    expect(all.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop', delta: {} }], usage: whole.usage });
    expect(all.slice(0, -1).every(({ usage, choices }) => !usage && choices[0]?.finish_reason === null)).toBe(true);
  });

  it('does not stream a stop sequence, nor the beginning of one', async () => {
    const whole = (await answer()).choices[0]?.message.content ?? '';
    const words = whole.split(' ');
    const stop = `${words[3]} ${words[4]} ${words[5]}`;
    const all = await chunks({ stop: [stop, 'never there'] });
    const streamed = all.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect(streamed).toBe(whole.slice(0, whole.indexOf(stop)));
  });

  it('sends an error of a stream as an event, without [DONE]', async () => {
    const response = await ask({ stream: true, top_p: 2 });
    expect(response.status).toBe(200);
    expect(eventsOf(await response.text())).toEqual([
      { error: 'Input validation error: `top_p` must be > 0.0 and < 1.0', error_type: 'validation' },
    ]);
  });
});
