import path from 'node:path';
import { agentViewSchema, type InferRequest } from '../../runtime/contracts/http.ts';
import { type Figure, interleave, medianQuantile, ms, timed } from './support/figures.ts';
import type { Running } from './support/processes.ts';

const ROUNDS = 7;
const PER_ROUND = 40;

/** Asks through the runtime, beside the same question put to the LoRAX endpoint directly. */
export async function benchAsk({ ready }: Running, loraxKey: string): Promise<Figure[]> {
  let n = 0;
  const agent = await fetch(`${ready.http}/api/agents/ceo`, { headers: { authorization: `Bearer ${ready.token}` } });
  const { purpose } = agentViewSchema.parse(await agent.json());
  const post = async (url: string, token: string, body: object) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const infer = (body: InferRequest) => post(`${ready.http}/api/agent_infer`, ready.token, body);
  const endpoint = (prompt: string) =>
    post(`${ready.lorax}/v1/chat/completions`, loraxKey, {
      model: path.join(ready.folder, 'adapters/ceo'),
      adapter_source: 'local',
      max_tokens: 1,
      messages: [
        // To the letter what the runtime sends: the endpoint takes its time for every token.
        { role: 'system', content: `You are ceo. Your purpose: ${purpose}` },
        { role: 'user', content: prompt },
      ],
    });
  const parameters = { max_new_tokens: 1 };
  const cached: InferRequest = {
    agent_id: 'ceo',
    prompt: 'What are our Q2 goals?',
    parameters: { max_new_tokens: 512 },
  };
  await infer(cached);

  const samples = await interleave(ROUNDS, {
    ask: () =>
      timed(PER_ROUND, () => infer({ agent_id: 'ceo', prompt: `Test prompt ${n++}`, parameters, cache: false })),
    endpoint: () => timed(PER_ROUND, () => endpoint(`Test prompt ${n++}`)),
    exact: () => timed(PER_ROUND * 5, () => infer(cached)),
    health: () => timed(PER_ROUND * 5, () => fetch(`${ready.http}/api/health`).then((r) => r.json())),
  });
  const at = (name: keyof typeof samples, p: number) => medianQuantile(samples[name], p);
  const overhead = (p: number): Figure => ({
    name: `ask overhead above the endpoint, p${p * 100}`,
    ours: ms(at('ask', p) - at('endpoint', p)),
    peer: `endpoint alone ${ms(at('endpoint', p))}, through the runtime ${ms(at('ask', p))}`,
    ratio: at('ask', p) / at('endpoint', p),
  });
  return [
    overhead(0.5),
    overhead(0.99),
    {
      name: 'exact cache hit, p50',
      ours: ms(at('exact', 0.5)),
      peer: `GET /api/health ${ms(at('health', 0.5))}`,
      ratio: at('exact', 0.5) / at('health', 0.5),
    },
    {
      name: 'exact cache hit, p99',
      ours: ms(at('exact', 0.99)),
      peer: `GET /api/health ${ms(at('health', 0.99))}`,
      ratio: at('exact', 0.99) / at('health', 0.99),
    },
  ];
}
