import type { ScenarioId } from '../contracts/benchmark.ts';
import { type InferRequest, inferResponseSchema } from '../contracts/http.ts';
import { type InferResponse, inferStreamEventSchema } from '../contracts/inference.ts';
import { AosError } from '../core/errors.ts';
import { assertOk, parseJson } from './http-client.ts';
import type { Answer, Measured, Prepare, Prepared } from './operation.ts';
import type { RuntimeApi } from './runtime-api.ts';
import { agentStart } from './start-scenario.ts';
import { workflowStep } from './workflow-scenario.ts';

export interface Scenario {
  id: ScenarioId;
  title: string;
  usesModel: boolean;
  /** What is asked of it where nothing else is said. Rates are modest: the guide measures at half the capacity. */
  load: { ratePerS: number; requests: number; warmUpS: number };
}

export const scenarios: readonly Scenario[] = [
  { id: 'agent-start', title: 'Agent start', usesModel: false, load: { ratePerS: 1, requests: 20, warmUpS: 0 } },
  {
    id: 'message-latency',
    title: 'Message latency',
    usesModel: false,
    load: { ratePerS: 100, requests: 1000, warmUpS: 2 },
  },
  {
    id: 'inference-cached',
    title: 'Inference, cached',
    usesModel: true,
    load: { ratePerS: 50, requests: 1000, warmUpS: 2 },
  },
  {
    id: 'inference-uncached',
    title: 'Inference, uncached',
    usesModel: true,
    load: { ratePerS: 2, requests: 60, warmUpS: 2 },
  },
  { id: 'storage', title: 'Storage', usesModel: false, load: { ratePerS: 50, requests: 500, warmUpS: 2 } },
  {
    id: 'authentication',
    title: 'Authentication',
    usesModel: false,
    load: { ratePerS: 100, requests: 1000, warmUpS: 2 },
  },
  { id: 'workflow-step', title: 'Workflow step', usesModel: false, load: { ratePerS: 10, requests: 100, warmUpS: 1 } },
];

/** What can be measured over HTTP. Message latency and storage need a client of their service. */
export const httpScenarios: Partial<Record<ScenarioId, Prepare>> = {
  'agent-start': agentStart,
  'inference-cached': cachedInference,
  'inference-uncached': uncachedInference,
  authentication,
  'workflow-step': workflowStep,
};

/** The guide's own; that of the uncached requests is numbered. */
const PROMPT = 'Test prompt';
/** Whether a prompt is one of these, and so nobody's question. */
export const isBenchmarkPrompt = (prompt: string): boolean => /^Test prompt( \d+)?$/.test(prompt);

async function uncachedInference({ api, agentId }: Measured): Promise<Prepared> {
  return {
    how: 'POST /api/agent_infer, another prompt each time, past the cache, streamed; until the answer is complete',
    operation: (i, signal) =>
      askStreamed(api, { agent_id: agentId, prompt: `${PROMPT} ${i}`, cache: false, stream: true }, signal),
  };
}

async function cachedInference({ api, agentId, signal }: Measured): Promise<Prepared> {
  const body: InferRequest = { agent_id: agentId, prompt: PROMPT };
  const ask = async (aborted: AbortSignal) => {
    const answer = await api.send('POST', '/api/agent_infer', { body, signal: aborted });
    assertOk(answer);
    return toAnswer(inferResponseSchema.parse(JSON.parse(answer.text)));
  };
  await ask(signal);
  return {
    how: 'POST /api/agent_infer, one prompt that was asked before',
    operation: (_i, aborted) => ask(aborted),
  };
}

/** Nothing is there: what comes back is only possible after the token was looked at. */
const NO_ROUTE = '/api/authentication-probe';

async function authentication({ api }: Measured): Promise<Prepared> {
  return {
    how: 'GET of a route that does not exist, with a token: the whole round trip, which does nothing but check the token',
    operation: async (_i, signal) => {
      const answer = await api.send('GET', NO_ROUTE, { signal });
      if (answer.status !== 404) assertOk(answer);
      return {};
    },
  };
}

async function askStreamed(api: RuntimeApi, body: InferRequest, signal: AbortSignal): Promise<Answer> {
  const sent = performance.now();
  let firstTokenMs: number | undefined;
  const onChunk = (text: string) => {
    if (firstTokenMs === undefined && text.includes('event: token')) firstTokenMs = performance.now() - sent;
  };
  const answer = await api.send('POST', '/api/agent_infer', { body, onChunk, signal });
  assertOk(answer);
  return { ...toAnswer(lastResult(answer.text)), firstTokenMs };
}

function lastResult(stream: string): InferResponse {
  const data = /^data: (.*)$/m.exec(stream.trimEnd().split('\n\n').at(-1) ?? '')?.[1];
  const last = inferStreamEventSchema.safeParse(parseJson(data ?? '')).data;
  if (last?.event === 'done') return last.result;
  throw new AosError('AOS_INFERENCE_FAILED', last?.event === 'error' ? last.error : 'The stream ended in the middle.');
}

const toAnswer = ({ cached, usage, model_ms }: InferResponse): Answer => ({
  ...{ cached, tokens: usage.completion_tokens },
  modelMs: cached ? 0 : model_ms,
});
