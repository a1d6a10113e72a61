import { expect, it } from 'vitest';
import { lastResults } from '../../../../../extension/panels/capacity/last-results.ts';
import type { Engine } from '../../../../../runtime/contracts/inference.ts';
import type { ResultSummary } from '../../../../../runtime/contracts/results.ts';
import { summaryOf } from '../../../../../runtime/server/result-summary.ts';
import { loadResult, measurementOf, resultOf } from '../../../benchmark/support/results.ts';
import { json, serve } from '../../support/runtime-stub.ts';

const run = (number: number, engine: Engine, state: ResultSummary['state'] = 'complete'): ResultSummary => ({
  ...summaryOf(resultOf([measurementOf('inference-uncached', [1200])], engine)),
  ...{ number, state, note: '' },
});
const load: ResultSummary = { ...summaryOf(loadResult), number: 9, note: '' };

/** What is told of a runtime that keeps these, the newest first. */
async function told(benchmarks: ResultSummary[], loads: ResultSummary[] = []) {
  await using runtime = await serve((request, _, response) =>
    json(response, 200, request.url!.includes('kind=load') ? loads : benchmarks),
  );
  return await lastResults(runtime);
}

it('finds the newest complete run of a real engine, behind simulated and broken ones', async () => {
  const runs = [run(4, 'simulated'), run(3, 'remote', 'cancelled'), run(2, 'remote'), run(1, 'remote')];
  expect(await told(runs, [load])).toMatchObject({
    ...{ benchmark: { number: 2 }, hasBenchmarks: true, loadTestAt: loadResult.started_at },
  });
});

it('tells a last run that was simulated from none at all', async () => {
  expect(await told([run(1, 'simulated')])).toMatchObject({ benchmark: undefined, isSimulated: true });
  expect(await told([])).toEqual({
    ...{ benchmark: undefined, hasBenchmarks: false, isSimulated: false, loadTestAt: null },
  });
  expect(await told([run(1, 'remote', 'cancelled')])).toMatchObject({ benchmark: undefined, isSimulated: false });
});
