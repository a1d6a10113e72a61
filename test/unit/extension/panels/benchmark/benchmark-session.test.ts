import { describe, expect, it } from 'vitest';
import { RuntimeClient } from '../../../../../extension/client/runtime-client.ts';
import { measuringJob } from '../../../../../extension/panels/benchmark/benchmark-loads.ts';
import { type BenchmarkEnd, BenchmarkSession } from '../../../../../extension/panels/benchmark/benchmark-session.ts';
import type { Outcome } from '../../../../../extension/panels/benchmark/measuring-process.ts';
import type { BenchmarkResult } from '../../../../../runtime/contracts/benchmark.ts';
import type { BenchmarkRun } from '../../../../../runtime/contracts/benchmark-panel.ts';
import type { MeasuringProgress } from '../../../../../runtime/contracts/benchmark-process.ts';
import { loadResult, measurementOf, resultOf } from '../../../benchmark/support/results.ts';
import { config, progress, summary } from '../../../webview/benchmark/fixtures.ts';
import { type Answer, json, serve } from '../../support/runtime-stub.ts';

const plan = { config, longer: null };
const complete = resultOf([measurementOf('storage', [1, 2, 3])]);
const part: BenchmarkResult = resultOf([{ ...measurementOf('storage', [1]), state: 'cancelled' }]);

/** A session that measures when the test says so, against a runtime that answers as `runtime` says. */
async function benchmark(runtime: Answer = (_request, _body, response) => json(response, 200, [])) {
  const server = await serve(runtime);
  const runs: BenchmarkRun['kind'][] = [];
  const ends: BenchmarkEnd[] = [];
  const outcome = Promise.withResolvers<Outcome>();
  const told: { cancelled: number; progress?: (progress: MeasuringProgress) => void; ended: () => void } = {
    cancelled: 0,
    ended: () => undefined,
  };
  const session = new BenchmarkSession({
    job: async (wanted) =>
      measuringJob(wanted, { target: { url: server.baseUrl, token: server.token }, services: null, folder: null }, 50),
    measure(_job, onProgress) {
      told.progress = onProgress;
      return { cancel: () => told.cancelled++, ended: outcome.promise };
    },
    results: async () => new RuntimeClient(server),
    historyLimit: () => 50,
    plannerRun: () => null,
    onRun: ({ kind }) => runs.push(kind),
    onProgress: () => undefined,
    onShown: () => undefined,
    onHistory: () => undefined,
    onEnd(end) {
      ends.push(end);
      told.ended();
    },
    // That the history cannot be read any more, when the test is over, is no failure.
    onError: () => undefined,
  });
  return {
    session,
    runs,
    ends,
    told,
    /** Ends the measuring, and waits until the session knows. */
    async end(how: Outcome) {
      const known = new Promise<void>((resolve) => {
        told.ended = resolve;
      });
      outcome.resolve(how);
      await known;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('the benchmark of a window', () => {
  it('runs once at a time, adds up its windows, and shows a complete result', async () => {
    await using it = await benchmark();
    const starting = it.session.start(plan);
    await expect(it.session.start(plan)).rejects.toThrow('A benchmark is running already.');
    await starting;
    const window = { start_s: 0, done: 1, errors: 0, p50_ms: 1, p95_ms: 1, p99_ms: 1 };
    it.told.progress?.(progress({ windows: [window] }));
    it.told.progress?.(progress({ windows: [{ ...window, start_s: 1 }] }));
    expect(it.session.run).toMatchObject({ kind: 'running', windows: [{ start_s: 0 }, { start_s: 1 }] });
    await it.end({ kind: 'result', result: complete, kept: true });
    expect(it.runs).toEqual(['running', 'none']);
    expect(it.session.shown).toBe(complete);
    expect(it.ends).toEqual([{ kind: 'complete', result: complete, kept: true }]);
  });

  it('keeps a cancelled run apart: it is not shown as a result, and is kept only when asked', async () => {
    const kept: string[] = [];
    await using it = await benchmark(({ method, url }, _body, response) => {
      if (method === 'PUT') kept.push(url ?? '');
      json(response, method === 'PUT' ? 201 : 200, method === 'PUT' ? summary() : []);
    });
    await it.session.start(plan);
    it.session.cancel();
    expect([it.told.cancelled, it.session.run]).toMatchObject([1, { kind: 'running', cancelling: true }]);
    await it.end({ kind: 'result', result: part, kept: false });
    expect(it.session.run).toMatchObject({ kind: 'incomplete', kept: false });
    expect([it.session.shown, kept]).toEqual([null, []]);
    await it.session.keep();
    expect(it.session.run).toMatchObject({ kind: 'incomplete', kept: true });
    expect(kept).toEqual([`/api/results/${part.id}?keep=50`]);
  });

  it('takes no result for a complete one if nothing was measured', async () => {
    await using it = await benchmark();
    await it.session.start(plan);
    await it.end({ kind: 'result', result: resultOf([]), kept: false });
    expect(it.session.run.kind).toBe('incomplete');
  });

  it.each([
    [{ kind: 'failed', code: 'AOS_UNAUTHORIZED', message: 'The token is wrong.' } as const, 'AOS_UNAUTHORIZED'],
    [{ kind: 'result', result: loadResult, kept: true } as const, 'AOS_INTERNAL'],
  ])('says why a run failed', async (how, code) => {
    await using it = await benchmark();
    await it.session.start(plan);
    await it.end(how);
    expect(it.session.run).toMatchObject({ kind: 'failed', code, plan });
  });

  it('finds the newest run of the whole baseline among those that are kept', async () => {
    const whole = resultOf([
      measurementOf('message-latency', [1]),
      measurementOf('storage', [1]),
      measurementOf('authentication', [1]),
    ]);
    const results = [
      summary({ id: 'one', number: 3 }),
      summary({ id: 'longer', number: 2, scenario: null }),
      summary({ id: 'whole', number: 1, scenario: null }),
    ];
    const byPath: Record<string, unknown> = {
      '/api/results/longer': {
        ...resultOf([measurementOf('storage', [1]), measurementOf('authentication', [1])]),
        id: 'longer',
      },
      '/api/results/whole': { ...whole, id: 'whole' },
    };
    await using it = await benchmark(({ url }, _body, response) => json(response, 200, byPath[url ?? ''] ?? results));
    await it.session.refresh();
    expect(it.session.history.runs?.map(({ id }) => id)).toEqual(['one', 'longer', 'whole']);
    expect(it.session.history.baseline?.id).toBe('whole');
  });
});
