import { describe, expect, it } from 'vitest';
import { BOARDROOM, useSystem } from './support/system.ts';

describe('HTTP API of a running system', () => {
  it('answers as DESIGN promises, for good and for bad input', async () => {
    const { api, ready } = await useSystem(BOARDROOM, ['--memory', '--replicas', '1']);

    expect((await fetch(`${ready.http}/api/health`)).status).toBe(200);
    const noToken = await fetch(`${ready.http}/api/agents`);
    expect(noToken.status).toBe(401);
    expect(await noToken.json()).toMatchObject({ code: 'AOS_UNAUTHORIZED' });
    const wrongToken = await fetch(`${ready.http}/api/agents`, { headers: { authorization: 'Bearer nonsense' } });
    expect(wrongToken.status).toBe(401);
    const otherOrigin = await fetch(`${ready.http}/api/health`, { headers: { origin: 'http://example.com' } });
    expect(otherOrigin.status).toBe(403);

    const agents = await api('GET', '/api/agents');
    expect(agents.body.map((agent: any) => agent.agent_id)).toEqual(['ceo', 'cfo', 'cmo', 'coo', 'cto']);
    expect(agents.body[0]).toMatchObject({
      adapter: 'ceo',
      priority: 'critical',
      state: 'asleep',
      wake_count: 0,
      replica: 'replica-1',
    });
    expect((await api('GET', '/api/agents/nobody')).status).toBe(404);

    // register_agent: 201, the same again 200, another purpose 409
    const agent = { agent_id: 'agent_1', purpose: 'Task execution agent 1', adapter_name: 'agent_1' };
    expect((await api('POST', '/api/register_agent', agent)).status).toBe(201);
    expect((await api('POST', '/api/register_agent', agent)).status).toBe(200);
    const conflict = await api('POST', '/api/register_agent', { ...agent, purpose: 'Another one' });
    expect(conflict.status).toBe(409);
    expect(conflict.body).toMatchObject({ code: 'AOS_AGENT_EXISTS', details: { differs: 'purpose' } });

    // agent_infer: asked, then from the cache
    const prompt = { agent_id: 'ceo', prompt: 'What are our Q2 goals?', parameters: { max_new_tokens: 256 } };
    const first = await api('POST', '/api/agent_infer', prompt);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ agent_id: 'ceo', adapter: 'ceo', cached: false, engine: 'simulated' });
    const second = await api('POST', '/api/agent_infer', prompt);
    expect(second.body).toMatchObject({
      cached: 'exact',
      response: first.body.response,
      usage: { completion_tokens: 0 },
    });

    // why the cache did not have it, from the cache that was looked into
    const other = { ...prompt, prompt: 'What are our Q3 goals?', explain: true };
    const { cached, explanation } = (await api('POST', '/api/agent_infer', other)).body;
    expect([cached, explanation.tier]).toEqual([false, null]);
    expect(explanation.candidates).toEqual([
      {
        prompt: prompt.prompt,
        score: expect.any(Number),
        refused_by: expect.arrayContaining([{ guard: 'dates', detail: '"q3" and "q2"' }]),
      },
    ]);
    const hit = (await api('POST', '/api/agent_infer', other)).body;
    expect([hit.cached, hit.explanation]).toEqual(['exact', undefined]);

    for (const [body, code] of [
      [{ agent_id: 'nobody', prompt: 'x' }, 404],
      [{ agent_id: 'ceo' }, 422],
      [{ agent_id: 'ceo', prompt: 'x', parameters: { temperature: 9 } }, 422],
      [{ agent_id: 'ceo', prompt: 'x', colour: 'red' }, 422],
      [{ agent_id: 'ceo', prompt: 'slow', deadline_ms: 1, cache: false }, 504],
    ] as const) {
      const answer = await api('POST', '/api/agent_infer', body);
      expect([body, answer.status]).toEqual([body, code]);
      expect(answer.body.error).not.toMatch(/\n\s+at /);
      expect(answer.body.code).toMatch(/^AOS_/);
    }
    const large = await api('POST', '/api/agent_infer', { agent_id: 'ceo', prompt: 'x'.repeat(1024 * 1024 + 1) });
    expect([large.status, large.body.code]).toEqual([413, 'AOS_BODY_TOO_LARGE']);
    const notJson = await fetch(`${ready.http}/api/agent_infer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ready.token}`, 'content-type': 'application/json' },
      body: '{"agent_id":',
    });
    expect(notJson.status).toBe(422);

    // events of an unknown agent, and of one that is removed
    expect((await api('POST', '/api/agents/nobody/events', { type: 'X' })).status).toBe(404);
    expect((await api('DELETE', '/api/agents/agent_1')).status).toBe(204);
    expect((await api('DELETE', '/api/agents/agent_1')).status).toBe(404);
    expect((await api('DELETE', '/api/agents/ceo')).status).toBe(422);
    expect((await api('GET', '/api/nothing')).status).toBe(404);

    const status = await api('GET', '/api/status');
    expect(status.body).toMatchObject({ name: 'boardroom', engine: 'simulated', shards: 10, config_error: null });
    expect(status.body.usage).toMatchObject({ cache_exact: 2, cache_misses: 2, errors: 1 });

    // forgotten, here and where the replicas share it: the model is asked again
    expect((await api('POST', '/api/cache/forget', prompt)).status).toBe(202);
    expect((await api('POST', '/api/agent_infer', prompt)).body.cached).toBe(false);
  });

  it('streams an answer token by token', async () => {
    const { ready } = await useSystem(BOARDROOM, ['--memory', '--replicas', '1']);
    const response = await fetch(`${ready.http}/api/agent_infer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ready.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ agent_id: 'cfo', prompt: 'How long does our cash last?', stream: true }),
    });
    expect(response.headers.get('content-type')).toMatch('text/event-stream');
    const events = (await response.text())
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)));
    const tokens = events.filter((event) => event.event === 'token').map((event) => event.text);
    expect(tokens.length).toBeGreaterThan(3);
    expect(events.at(-1)).toMatchObject({ event: 'done', result: { response: tokens.join(''), cached: false } });
  });
});
