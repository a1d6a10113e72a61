import { describe, expect, it } from 'vitest';
import type { BenchmarkResult } from '../../../../runtime/contracts/benchmark.ts';
import { baselineOf, screenOf } from '../../../../webview/benchmark/benchmark-model.ts';
import { resultFigures, runningFigures } from '../../../../webview/benchmark/figures-facts.ts';
import {
  baselineVerdict,
  nextSteps,
  resultVerdict,
  runningVerdict,
} from '../../../../webview/benchmark/verdict-facts.ts';
import { measurementOf, resultOf } from '../../benchmark/support/results.ts';
import { model, progress, running } from './fixtures.ts';

const fast = Array(1000).fill(5);
const slow = Array(1000).fill(500);
/** Half of them within 50 ms: the interval of p95 crosses nothing, that of p50 crosses 50. */
const even = [...Array(500).fill(49), ...Array(500).fill(51)];

const face = (result: BenchmarkResult, part = false) =>
  resultVerdict(result, result.measurements[0]!, 'Run 1, Today 11:20', part);

describe('the verdict of a result', () => {
  it('is the worst of its targets, in words and icon', () => {
    expect(face(resultOf([measurementOf('message-latency', fast)]))).toEqual({
      icon: 'pass',
      tone: 'meets',
      title: 'Meets its targets',
      detail: 'Run 1, Today 11:20 · p50 < 50, p95 < 100, p99 < 200 ms',
    });
    expect(face(resultOf([measurementOf('message-latency', slow)]))).toMatchObject({
      tone: 'misses',
      title: 'Misses a target',
    });
    expect(face(resultOf([measurementOf('message-latency', even)]))).toMatchObject({
      tone: 'unsure',
      title: 'Unsure: measure longer',
    });
  });

  it('is never given to inference on a simulated engine, nor to a part of a run', () => {
    const simulated = resultOf([measurementOf('inference-uncached', [1500, 2000])], 'simulated');
    expect(face(simulated)).toMatchObject({ icon: 'beaker', title: 'Not judged: simulated' });
    expect(face(resultOf([measurementOf('message-latency', fast)]), true)).toMatchObject({
      title: 'Not judged: incomplete',
    });
  });

  it('is given on a simulated engine where no model is used', () => {
    expect(face(resultOf([measurementOf('storage', fast)], 'simulated'))).toMatchObject({
      tone: 'meets',
      title: 'Meets its target',
    });
  });
});

describe('the verdict while a run goes on', () => {
  it.each([
    [{}, 'Within targets so far'],
    [{ so_far: { p50_ms: 6, p95_ms: 120, p99_ms: 190 } }, 'Outside targets so far'],
    [{ so_far: null }, 'Nothing measured yet'],
  ])('of %j is never a final word: %s', (part, title) => {
    expect(runningVerdict(running(part), true)).toMatchObject({ icon: 'sync', title });
  });

  it('is none for inference on a simulated engine', () => {
    const run = running({ scenario: 'inference-uncached' });
    expect(runningVerdict(run, true).title).toBe('Not judged: simulated');
    expect(runningVerdict(run, false).title).toBe('Within targets so far');
  });
});

describe('the guide’s table', () => {
  const whole = resultOf([
    measurementOf('message-latency', fast),
    measurementOf('storage', [...Array(940).fill(40), ...Array(60).fill(60)]),
    measurementOf('workflow-step', Array(1000).fill(19)),
  ]);

  it('is summed up, with what is not met', () => {
    expect(baselineVerdict(whole, 'Run 9')).toMatchObject({
      tone: 'misses',
      title: '3 of 9 targets met',
      detail: '1 missed, 1 unsure, 4 not measured · Run 9',
    });
  });

  it('names the worst miss, and what should be measured for longer', () => {
    expect(nextSteps(whole)).toEqual([
      { finding: 'Workflow orchestration overhead is 1.9× its target of < 10 ms per step.', longer: [] },
      { finding: 'The interval of Storage operations crosses its target:', longer: ['storage'] },
    ]);
  });

  it('takes the later, longer measurement only for rows that were unsure, or where there is nothing else', () => {
    const later = {
      ...resultOf([measurementOf('storage', fast), measurementOf('message-latency', slow)]),
      id: 'bench_2',
      started_at: '2026-01-02T00:00:00.000Z',
    };
    const rows = baselineOf({ history: { runs: [], baseline: whole, plannerRun: null }, shown: later })!.baseline;
    const verdictOf = (id: string) => rows.find((row) => row.id === id)?.verdict;
    expect([verdictOf('R7'), verdictOf('R2')]).toEqual(['meets', 'meets']);
    expect(baselineOf({ history: { runs: [], baseline: null, plannerRun: null }, shown: later })).toBe(later);
    const elsewhere = { ...later, target: 'http://127.0.0.1:9999' };
    expect(baselineOf({ history: { runs: [], baseline: whole, plannerRun: null }, shown: elsewhere })).toBe(whole);
  });
});

describe('the figures', () => {
  it('have their intervals, and the commonest error where there are any', () => {
    const measurement = {
      ...measurementOf('message-latency', fast),
      errors: 33,
      errors_by_code: { HTTP_500: 2, AOS_BREAKER_OPEN: 31 },
    };
    const figures = resultFigures(measurement, null);
    expect(figures.map(({ label }) => label)).toEqual(['p50', 'p95', 'p99', 'Throughput', 'Errors', 'Queue length']);
    expect(figures[0]).toMatchObject({ value: '5.00', unit: 'ms', note: '5.00–5.00' });
    expect(figures[3]).toMatchObject({ value: '100', unit: 'msg/s', note: 'asked 10.0' });
    expect(figures[4]).toMatchObject({ value: '33', note: '31 × AOS_BREAKER_OPEN', bad: true, noTraces: null });
    expect(figures[5]).toMatchObject({ value: '0.10', note: 'at most 2' });
  });

  it('while a run goes on are held against the targets', () => {
    expect(runningFigures(running()).map(({ value, note }) => [value, note])).toEqual([
      ['6.72', 'target < 50'],
      ['13.8', 'target < 100'],
      ['19.5', 'target < 200'],
      ['200', 'asked 200'],
      ['0', 'of 7,600'],
      ['2', 'in the queue'],
    ]);
  });

  it('do not claim the rate of the fields for another scenario of the baseline', () => {
    const run = running({ scenario: 'storage', waiting: null });
    expect(runningFigures({ ...run, progress: progress({ scenario: 'storage' }) })[3]!.note).toBe('');
    expect(runningFigures(run).map(({ label }) => label)).not.toContain('Waiting');
  });

  it('name the part of a model’s answers that is AOS’s own, else the slowest', () => {
    const first_token = { p50_ms: 20, p95_ms: 40, p99_ms: 50 };
    const outside_model = { p50_ms: 3, p95_ms: 3.67, p99_ms: 9 };
    const inference = { ...measurementOf('inference-uncached', fast), first_token, outside_model, tokens_per_s: 310 };
    expect(resultFigures(inference, null).at(-1)).toEqual({
      ...{ label: 'AOS share, p95', value: '3.67', unit: 'ms', note: 'time outside the model' },
      title: 'First token, p95: 40.0 ms. 310 tokens/s.',
    });
    expect(resultFigures(measurementOf('storage', fast), null).at(-1)).toMatchObject({ label: 'Slowest' });
  });

  it('lead to the traces of what failed, or say why not, and nowhere while nothing fails', () => {
    const errors = { errors: 3, errors_by_code: { AOS_DEADLINE: 3 } };
    expect(runningFigures(running(errors))[4]).toMatchObject({
      note: '3 × AOS_DEADLINE',
      noTraces: 'The runtime has no traces of what this scenario asks for.',
    });
    expect(runningFigures(running({ ...errors, scenario: 'inference-cached' }))[4]?.noTraces).toBeNull();
    const failed = { ...measurementOf('inference-cached', fast), ...errors };
    expect(resultFigures(failed, 'They are gone.')[4]?.noTraces).toBe('They are gone.');
    expect(resultFigures(measurementOf('inference-cached', fast), null)[4]).not.toHaveProperty('noTraces');
  });
});

describe('what the Result tab shows', () => {
  const result = resultOf([measurementOf('storage', fast), measurementOf('message-latency', fast)]);
  const cancelled = resultOf([
    measurementOf('storage', fast),
    { ...measurementOf('message-latency', fast), state: 'cancelled' },
  ]);
  const plan = running().plan;

  it('is the run while one goes on, then its result, of several measurements the one that was chosen', () => {
    expect(screenOf(model({ run: running(), shown: result })).kind).toBe('running');
    expect(screenOf(model({ shown: result }))).toMatchObject({ measurement: { scenario: 'storage' }, part: false });
    expect(screenOf(model({ shown: result, scenario: 'message-latency' }))).toMatchObject({
      measurement: { scenario: 'message-latency' },
    });
  });

  it('is a box for an incomplete run, whatever was shown before, until its part is asked for', () => {
    const run = { kind: 'incomplete', plan, result: cancelled, kept: false } as const;
    expect(screenOf(model({ run, shown: result })).kind).toBe('box');
    expect(screenOf(model({ run, shown: result, partShown: true }))).toMatchObject({
      part: true,
      measurement: { scenario: 'message-latency' },
    });
  });
});
