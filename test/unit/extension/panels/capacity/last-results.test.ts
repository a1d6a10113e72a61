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
async function told(benchmarks: ResultSummary[], loads: ResultSummary[] = [], baselineId: string | null = null) {
  await using runtime = await serve((request, _, response) =>
    json(response, 200, request.url!.includes('kind=load') ? loads : benchmarks),
  );
  return await lastResults(runtime, baselineId);
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
    ...{ benchmark: undefined, isBaseline: false, hasBenchmarks: false, isSimulated: false, loadTestAt: null },
  });
  expect(await told([run(1, 'remote', 'cancelled')])).toMatchObject({ benchmark: undefined, isSimulated: false });
});

it('takes the run that was set as baseline before newer ones, until it is kept no longer', async () => {
  const runs = [run(3, 'remote'), { ...run(2, 'remote'), id: 'bench_2' }, run(1, 'remote')];
  expect(await told(runs, [], 'bench_2')).toMatchObject({ benchmark: { number: 2 }, isBaseline: true });
  expect(await told(runs, [], 'bench_deleted')).toMatchObject({ benchmark: { number: 3 }, isBaseline: false });
});
