import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loraxErrorBodySchema, streamEventSchema } from '../../../runtime/contracts/lorax.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { eventsOf, startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeAll(async () => {
  lorax = await startTestLorax();
});
afterAll(() => lorax.dispose());

describe.each([
  { path: '/generate_stream', extra: {} },
  { path: '/', extra: { stream: true } },
  { path: '/invocations', extra: { stream: true } },
])('a stream of POST $path', ({ path, extra }) => {
  it('has one event per token, each on one line, and the whole text in the last', async () => {
    const parameters = { adapter_id: 'ceo', max_new_tokens: 9, details: true };
    const response = await lorax.post(path, { inputs: 'Hello', parameters, ...extra });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('x-compute-type')).toBe('simulated');
    expect(response.headers.get('x-adapter-id')).toBe('ceo');
    const text = await response.text();
    expect(text).not.toContain('[DONE]');
    const events = eventsOf(text).map((event) => streamEventSchema.parse(event));
    expect(events).toHaveLength(9);
    const last = events.pop();
    expect(events.every((event) => event.generated_text === null && event.details === null)).toBe(true);
    expect(last?.generated_text).toBe([...events, last].map((event) => event?.token.text).join(''));
    expect(last?.details).toEqual({ finish_reason: 'length', prompt_tokens: 1, generated_tokens: 9, seed: null });
  });

  it('has the same text as the answer in one piece, and no details unasked', async () => {
    const streamed = eventsOf(await (await lorax.post(path, { inputs: 'Hello', ...extra })).text());
    const last = streamEventSchema.parse(streamed.at(-1));
    const whole = (await (await lorax.post('/generate', { inputs: 'Hello' })).json()) as { generated_text: string };
    expect(last).toMatchObject({ generated_text: whole.generated_text, details: null });
  });

  it.each([
    [{ best_of: 2, do_sample: true }, 'validation', '`best_of` != 1 is not supported when streaming tokens'],
    [
      { decoder_input_details: true },
      'validation',
      '`decoder_input_details` == true is not supported when streaming tokens',
    ],
    [{ temperature: -1 }, 'validation', '`temperature` must be non-negative'],
    [{ adapter_id: './nowhere', adapter_source: 'local' }, 'generation', 'No such file or directory'],
  ])('sends an error as an event under HTTP 200: %o', async (parameters, type, message) => {
    const response = await lorax.post(path, { inputs: 'Hello', parameters, ...extra });
    expect(response.status).toBe(200);
    const events = eventsOf(await response.text());
    expect(events).toHaveLength(1);
    const error = loraxErrorBodySchema.parse(events[0]);
    expect(error.error_type).toBe(type);
    expect(error.error).toContain(message);
  });
});

describe('while a stream is slow', () => {
  it('sends comment lines that keep the connection alive', async () => {
    const clock = new ManualClock();
    const slow = await startTestLorax({ clock, profile: { timeScale: 1, stepMs: 60_000 } });
    const response = await slow.post('/generate_stream', { inputs: 'Hello' });
    await clock.advance(15_000);
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe(':\n\n');
    await slow.dispose();
  });

  it('ends the generation when the client goes away', async () => {
    const slow = await startTestLorax({ profile: { timeScale: 1 } });
    const leaving = new AbortController();
    const parameters = { ignore_eos_token: true };
    const response = await slow.post('/generate_stream', { inputs: 'Hello', parameters }, { signal: leaving.signal });
    expect(slow.stats().running).toBe(1);
    leaving.abort();
    await expect(response.text()).rejects.toThrow();
    await expect.poll(() => slow.stats().running).toBe(0);

    const answer = slow.post('/generate', { inputs: 'Hello', parameters }, { signal: AbortSignal.timeout(50) });
    await expect(answer).rejects.toThrow();
    await expect.poll(() => slow.stats()).toMatchObject({ running: 0, waiting: 0 });
    await slow.dispose();
  });
});
