import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, useSystem, useTemporaryFolder } from './support/system.ts';

const INFO = {
  model_id: 'meta-llama/Llama-3.1-8B-Instruct',
  model_dtype: 'f16',
  model_device_type: 'cuda',
  version: '1',
};
const LIMITS = {
  max_concurrent_requests: 1,
  max_best_of: 1,
  max_stop_sequences: 1,
  max_input_length: 1,
  max_total_tokens: 1,
};

type Answer = (response: ServerResponse, asked: number) => void;

const completion = (content: string, finish_reason = 'stop') => ({
  ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
const well: Answer = (response, asked) => response.end(JSON.stringify(completion(`answer ${asked}`)));

/** A LoRAX endpoint that answers chats as the test wants; its health and info are always well. */
async function useEndpoint(port = 0) {
  const state = { answer: well, asked: 0 };
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/info') return response.end(JSON.stringify({ ...INFO, ...LIMITS }));
    if (request.url !== '/v1/chat/completions') return response.writeHead(404).end('{}');
    return state.answer(response, ++state.asked);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function useRuntime(endpoint: string, runtime: object) {
  const folder = await useTemporaryFolder();
  const config = {
    name: 'remote',
    model: { endpoint },
    agents: [{ id: 'ceo', purpose: 'Lead.' }],
    runtime: { replicas: 1, retry: { attempts: 1 }, ...runtime },
  };
  await writeFile(path.join(folder, 'aos.json'), JSON.stringify(config));
  const { api } = await useSystem(folder);
  const ask = (prompt: string, more: object = {}) =>
    api('POST', '/api/agent_infer', { agent_id: 'ceo', prompt, ...more });
  return { api, ask };
}

describe('a model endpoint of one’s own', () => {
  it('answers, and whatever it does wrong is answered in time, never cached, and over when it is well again', async () => {
    const { state, url } = await useEndpoint();
    const { ask, api } = await useRuntime(url, {
      deadlines: { infer_seconds: 4 },
      breaker: { failure_threshold: 100, recovery_timeout_seconds: 1 },
    });
    expect((await ask('Why?')).body).toMatchObject({ response: 'answer 1', engine: 'remote', cached: false });
    const stream =
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Gro"}}]}\n\n';
    const wrong: [string, Answer, number][] = [
      ['hangs', () => undefined, 504],
      ['drops the connection', (response) => response.destroy(), 502],
      ['answers garbage', (response) => response.end('<html>502</html>'), 502],
      [
        'has too much to do',
        (response) => response.writeHead(429, { 'retry-after': '1' }).end('{"error":"full","error_type":"overloaded"}'),
        502,
      ],
      [
        'fails',
        (response) =>
          response.writeHead(500).end('{"error":"Incomplete generation","error_type":"incomplete_generation"}'),
        502,
      ],
      ['streams half', (response) => response.write(stream, () => response.destroy()), 502],
    ];
    for (const [what, answer, status] of wrong) {
      state.answer = answer;
      const startedAt = performance.now();
      const failed = await ask(`Is this cached: ${what}?`);
      expect([what, failed.status]).toEqual([what, status]);
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      state.answer = well;
      expect((await ask(`Is this cached: ${what}?`)).body).toMatchObject({
        cached: false,
        response: expect.stringMatching(/^answer/),
      });
    }
    state.answer = (response) => response.end(JSON.stringify(completion('cut off', 'length')));
    expect((await ask('A long one?')).body).toMatchObject({ response: 'cut off', cached: false });
    state.answer = well;
    expect((await ask('A long one?')).body).toMatchObject({ cached: false });
    expect((await api('GET', '/api/status')).body.engine).toBe('remote');
  });

  it('is left alone by the breaker while it fails, stood in for by the fallback, and found again by itself', async () => {
    const { state, url } = await useEndpoint();
    const { ask, api } = await useRuntime(url, {
      breaker: { failure_threshold: 2, recovery_timeout_seconds: 1 },
      fallback: { text: 'The model is away.' },
    });
    state.answer = (response) => response.writeHead(500).end('{}');
    for (const prompt of ['one', 'two', 'three']) {
      expect((await ask(prompt)).body).toMatchObject({ response: 'The model is away.', fallback: true, cached: false });
    }
    expect(state.asked).toBe(2);
    const [replica] = (await api('GET', '/api/status')).body.replicas;
    expect(replica.breakers[0]).toMatchObject({ name: 'lorax', failure_threshold: 2 });
    state.answer = well;
    const answer = await eventually(async () => {
      const { body } = await ask('three');
      return body.fallback === false && body;
    });
    expect(answer).toMatchObject({ response: expect.stringMatching(/^answer/), cached: false });
  });

  it('may come later than the runtime', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const later = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const { ask } = await useRuntime(`http://127.0.0.1:${later}`, {});
    const failed = await ask('Anybody there?');
    expect([failed.status, failed.body.code]).toEqual([502, 'AOS_INFERENCE_FAILED']);
    await useEndpoint(later);
    await eventually(async () => (await ask('Anybody there?')).status === 200);
  });
});
