import { createSimulatedEngine } from '../../runtime/cloud/lorax/simulated/simulated-engine.ts';
import { ManualClock } from '../../runtime/core/clock.ts';
import type { Figure } from './support/figures.ts';

const REQUESTS = 1000;
const TOKENS = 64;

/** Many adapters on one simulated GPU, in virtual time: what the scheduling costs, not what a GPU can do. */
export async function benchAdapters(): Promise<Figure[]> {
  const one = await tokensPerSecond(1);
  const hundred = await tokensPerSecond(100);
  return [
    {
      name: `simulated engine: ${REQUESTS} requests over 100 adapters`,
      ours: `${Math.round(hundred)} tokens/s`,
      peer: `over one adapter ${Math.round(one)} tokens/s`,
      ratio: hundred / one,
    },
  ];
}

async function tokensPerSecond(adapters: number): Promise<number> {
  const clock = new ManualClock();
  const engine = createSimulatedEngine({ clock });
  const startedAt = clock.now();
  const signal = new AbortController().signal;
  const prompt = await engine.tokenize('What are our goals for the next quarter?');
  const request = {
    ...{ prompt, maxNewTokens: TOKENS, sampling: undefined, index: 0, ignoreEos: true, responseFormat: undefined },
    ...{ repetitionPenalty: 1, frequencyPenalty: 0, presencePenalty: 0, alternatives: 0 },
  };
  let tokens = 0;
  const ask = async (n: number) => {
    const ids = [{ id: `adapter-${n % adapters}`, source: 'hub' as const, weight: 1 }];
    for await (const event of engine.generate({ ...request, adapters: ids }, signal))
      if (event.type === 'token') tokens++;
  };
  let over = false;
  const all = Promise.all(Array.from({ length: REQUESTS }, (_, n) => ask(n))).finally(() => (over = true));
  while (!over) await clock.advance(100);
  await all;
  await engine.dispose();
  return (tokens * 1000) / (clock.now() - startedAt);
}
