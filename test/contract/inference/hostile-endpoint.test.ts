import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { isOverload, isSafeToAskAgain } from '../../../runtime/inference/endpoint-error.ts';
import { LoRAXServer } from '../../../runtime/inference/lorax-server.ts';
import { AdaptiveLimit } from '../../../runtime/reliability/adaptive-limit.ts';
import { CircuitBreaker } from '../../../runtime/reliability/circuit-breaker.ts';
import { deadline } from '../../../runtime/reliability/deadline.ts';
import { protect } from '../../../runtime/reliability/protect.ts';
import { Retry } from '../../../runtime/reliability/retry.ts';
import { type Answer, type Call, CHAT, chat, chunk, nowhere, refuse, type StandIn, standIn } from './stand-ins.ts';

const messages = [{ role: 'user' as const, content: 'Why?' }];
const STREAM = { 'content-type': 'text/event-stream' };
const PIECE = `data: ${JSON.stringify(chunk('m', 'Gro'))}\n\n`;
const OVERLOADED = { error: 'Model is overloaded', error_type: 'overloaded' };

/** Answers the first calls as told, and well from then on. */
function endpoint(...answers: Answer[]): Promise<StandIn> {
  let n = 0;
  return standIn({ [CHAT]: (call: Call) => answers[n++] ?? chat(call) });
}

/** Behind everything that stands in front of an endpoint; waits are short, and the breaker opens with the third failure. */
function setUp(url: string) {
  const server = new LoRAXServer({ endpoint: url, api: 'lorax', logger: silentLogger });
  const breaker = new CircuitBreaker({ name: 'lorax', failureThreshold: 3, recoveryTimeoutMs: 50 });
  const limit = new AdaptiveLimit({ name: 'lorax', isOverload });
  const guard = protect({ retry: new Retry({ baseMs: 1, isSafe: isSafeToAskAgain }), limit, breaker });
  const ask = async (options: { deadlineMs?: number; onToken?: (text: string) => void } = {}) => {
    const { deadlineMs = 5000, onToken } = options;
    const { signal, dispose } = deadline(deadlineMs);
    try {
      return (await guard(() => server.chat({ messages, onToken, signal }), signal)).text;
    } finally {
      dispose();
    }
  };
  return { ask, breaker, limit };
}

describe('an endpoint that', () => {
  it('never answers costs a request its deadline, and no more', async () => {
    const { url, calls } = await endpoint(() => undefined);
    const { ask, limit } = setUp(url);
    const startedAt = performance.now();
    await expect(ask({ deadlineMs: 100 })).rejects.toMatchObject({ code: 'AOS_DEADLINE' });
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(calls).toHaveLength(1);
    expect(limit.view()).toMatchObject({ active: 0, waiting: 0 });
  });

  it('stops in the middle of a stream costs a request its deadline; what was said was heard', async () => {
    const { url, calls } = await endpoint((response) => response.writeHead(200, STREAM).write(PIECE));
    const heard: string[] = [];
    const asked = setUp(url).ask({ deadlineMs: 100, onToken: (text) => heard.push(text) });
    await expect(asked).rejects.toMatchObject({ code: 'AOS_DEADLINE' });
    expect(heard).toEqual(['Gro']);
    expect(calls).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['drops the connection', (response: ServerResponse) => response.destroy()],
    [
      'drops it in the middle of an answer',
      (response: ServerResponse) => response.write('{"id":', () => response.destroy()),
    ],
    ['answers garbage', '<html>Bad gateway</html>'],
    ['answers the half of an object', '{"id":"c1","object":"chat.completion"}'],
    ['answers without a choice', { id: 'c1', object: 'x', created: 1, model: 'm', choices: [] }],
    ['fails', refuse(500, { error: 'Incomplete generation', error_type: 'incomplete_generation' })],
    ['stands behind a gateway that fails', refuse(502, '<html></html>')],
  ])('%s is not asked again: it may have done its work', async (_name, answer) => {
    const { url, calls } = await endpoint(answer);
    const { ask } = setUp(url);
    await expect(ask()).rejects.toMatchObject({ code: 'AOS_INFERENCE_FAILED' });
    expect(calls).toHaveLength(1);
    expect(await ask()).toBe(' says yes');
  });

  it.each<[string, Answer]>([
    [
      'breaks off its stream',
      (response: ServerResponse) => response.writeHead(200, STREAM).write(PIECE, () => response.destroy()),
    ],
    ['ends its stream early', (response: ServerResponse) => response.writeHead(200, STREAM).end(PIECE)],
    [
      'is overloaded in the middle of a stream',
      (response: ServerResponse) =>
        response.writeHead(200, STREAM).end(`${PIECE}data: ${JSON.stringify(OVERLOADED)}\n\n`),
    ],
  ])('%s is not asked again: its listener heard a beginning', async (_name, answer) => {
    const { url, calls } = await endpoint(answer);
    const heard: string[] = [];
    const asked = setUp(url).ask({ onToken: (text) => heard.push(text) });
    await expect(asked).rejects.toMatchObject({ code: 'AOS_INFERENCE_FAILED', details: { streamed: true } });
    expect(heard).toEqual(['Gro']);
    expect(calls).toHaveLength(1);
  });

  it('is overloaded before the first word of a stream is asked again', async () => {
    const event: Answer = (response) => response.writeHead(200, STREAM).end(`data: ${JSON.stringify(OVERLOADED)}\n\n`);
    const { url, calls } = await endpoint(event);
    const heard: string[] = [];
    expect(await setUp(url).ask({ onToken: (text) => heard.push(text) })).toBe(' says yes');
    expect(heard.join('')).toBe(' says yes');
    expect(calls).toHaveLength(2);
  });

  it.each([429, 503])(
    'answers %i is asked again, when it wants to be, and with fewer calls at a time',
    async (status) => {
      const { url, calls } = await endpoint(refuse(status, OVERLOADED, { 'retry-after': '1' }));
      const { ask, limit } = setUp(url);
      const before = limit.view().limit;
      const startedAt = performance.now();
      expect(await ask()).toBe(' says yes');
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
      expect(calls).toHaveLength(2);
      expect(limit.view().limit).toBeLessThan(before);
    },
  );

  it('wants to be asked again later than the deadline is not waited for longer', async () => {
    const { url, calls } = await endpoint(refuse(429, OVERLOADED, { 'retry-after': '3' }));
    const startedAt = performance.now();
    await expect(setUp(url).ask({ deadlineMs: 200 })).rejects.toMatchObject({ code: 'AOS_DEADLINE' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(calls).toHaveLength(1);
  });

  it('is not there is tried three times, and opens the breaker', async () => {
    const { ask, breaker } = setUp(await nowhere());
    await expect(ask()).rejects.toMatchObject({ code: 'AOS_INFERENCE_FAILED', details: { unreached: true } });
    expect(breaker.view()).toMatchObject({
      state: 'open',
      last_error: expect.stringContaining('nothing listens there'),
    });
    await expect(ask()).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN' });
  });

  it('refuses a prompt is asked once', async () => {
    const { url, calls } = await endpoint(
      refuse(422, { error: 'Input validation error: too long', error_type: 'validation' }),
    );
    await expect(setUp(url).ask()).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
    expect(calls).toHaveLength(1);
  });

  it('comes back is used again, by itself', async () => {
    const ill = refuse(500, { error: 'CUDA error', error_type: 'generation' });
    const { url, calls } = await endpoint(ill, ill, ill);
    const { ask, breaker } = setUp(url);
    for (let i = 0; i < 3; i++) await expect(ask()).rejects.toMatchObject({ code: 'AOS_INFERENCE_FAILED' });
    await expect(ask()).rejects.toMatchObject({ code: 'AOS_BREAKER_OPEN' });
    expect(calls).toHaveLength(3);
    await expect.poll(() => breaker.view().state).toBe('half_open');
    expect(await ask()).toBe(' says yes');
    expect(breaker.view().state).toBe('closed');
  });
});
