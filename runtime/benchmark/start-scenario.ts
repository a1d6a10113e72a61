import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type SpanView, spanViewSchema } from '../contracts/http.ts';
import { sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { assertOk } from './http-client.ts';
import type { Prepare } from './operation.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** Spans reach the store within half a second. */
const LOOK_AGAIN_MS = 250;
const GIVE_UP_AFTER_MS = 60_000;
const CLEAN_UP_WITHIN_MS = 5000;

/**
 * The cold start of an agent: from the moment its registration arrives until it begins to handle its first event, by the
 * clocks of the runtime, which the spans of one trace tell (to the millisecond).
 */
export const agentStart: Prepare = async ({ api }) => ({
  how: 'a new agent is registered and sent an event: from the registration until it begins to handle it, by the spans of its trace',
  operation: async (_i, signal) => {
    const agentId = newId('bench-start');
    const traceId = randomBytes(16).toString('hex');
    const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
    const post = async (path: string, body: object) =>
      assertOk(await api.send('POST', path, { body, headers, signal }));
    await post('/api/register_agent', { agent_id: agentId, purpose: 'Shows how fast an agent starts.' });
    try {
      await post(`/api/agents/${agentId}/events`, { type: 'Started' });
      return { latencyMs: await startTime(api, traceId, signal) };
    } finally {
      await api.send('DELETE', `/api/agents/${agentId}`, { signal: AbortSignal.timeout(CLEAN_UP_WITHIN_MS) });
    }
  },
});

async function startTime(api: RuntimeApi, traceId: string, signal: AbortSignal): Promise<number> {
  const end = performance.now() + GIVE_UP_AFTER_MS;
  while (performance.now() < end) {
    const spans = await api.get(`/api/traces?trace_id=${traceId}`, z.array(spanViewSchema), signal);
    const registered = startOf(spans, 'POST /api/register_agent');
    const handled = startOf(spans, 'handle_event');
    if (registered !== undefined && handled !== undefined) return handled - registered;
    await sleep(LOOK_AGAIN_MS, { signal });
  }
  throw new AosError('AOS_DEADLINE', 'The agent did not handle its first event within a minute.');
}

function startOf(spans: readonly SpanView[], name: string): number | undefined {
  const span = spans.find((one) => one.name === name || one.name.startsWith(`${name} `));
  return span && Date.parse(span.start);
}
