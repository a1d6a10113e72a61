import { BENCHMARK_WORKFLOW } from '../contracts/benchmark.ts';
import { type RunView, runViewSchema } from '../contracts/workflow.ts';
import { sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { assertOk } from './http-client.ts';
import type { Prepare } from './operation.ts';
import type { RuntimeApi } from './runtime-api.ts';

const LOOK_AGAIN_MS = 100;
const GIVE_UP_AFTER_MS = 60_000;

/**
 * What durable orchestration costs: a run of the runtime's own workflow of empty steps, each of which is in storage before it
 * counts as begun. Of each run one step, in turn the first, the second, …: its time from its begin until its end, by the
 * run's record (to the millisecond).
 */
export const workflowStep: Prepare = async ({ api }) => ({
  how: 'a durable workflow of empty steps, without messages to agents: from the begin of a step, which is written to storage, until its end, by the record of the run',
  operation: async (i, signal) => {
    const answer = await api.send('POST', `/api/workflows/${BENCHMARK_WORKFLOW}`, { body: {}, signal });
    assertOk(answer);
    const { steps } = await finished(api, runViewSchema.parse(JSON.parse(answer.text)), signal);
    return { latencyMs: steps[i % steps.length]?.duration_ms ?? 0 };
  },
});

async function finished(api: RuntimeApi, started: RunView, signal: AbortSignal): Promise<RunView> {
  const path = `/api/workflows/runs/${started.run_id}`;
  const end = performance.now() + GIVE_UP_AFTER_MS;
  for (let run = started; performance.now() < end; run = await api.get(path, runViewSchema, signal)) {
    if (run.status === 'completed') return run;
    if (run.error) throw new AosError(run.error.code, run.error.error);
    await sleep(LOOK_AGAIN_MS, { signal });
  }
  throw new AosError('AOS_DEADLINE', 'The workflow was not completed within a minute.');
}
