import { describe, expect, it } from 'vitest';
import { distributionChart, latencyChart } from '../../../../webview/benchmark/chart-specs.ts';
import { drawnResult, drawnRun } from '../../../../webview/benchmark/drawn.ts';
import { comparedChart, percentileChart } from '../../../../webview/benchmark/percentile-chart.ts';
import { measurementOf, resultOf } from '../../benchmark/support/results.ts';
import { chartTableRows } from './chart-rows.ts';
import { running, target } from './fixtures.ts';

const windows = [
  { start_s: 0, done: 190, errors: 10, p50_ms: 6, p95_ms: 12, p99_ms: 30 },
  { start_s: 1, done: 0, errors: 0, p50_ms: null, p95_ms: null, p99_ms: null },
];
const latencies = Array.from({ length: 1000 }, (_, i) => 5 + i / 100);

describe('the latency over time', () => {
  it('stands at the end of each window, with a gap where nothing was answered', () => {
    const measurement = { ...measurementOf('message-latency', latencies), windows, window_s: 1, errors: 10 };
    const chart = latencyChart(drawnResult(resultOf([measurement]), measurement, false));
    expect(chartTableRows(chart)).toEqual([
      ['1 s', '6.00', '12.0', '30.0', '190'],
      ['2 s', '–', '–', '–', '0.00'],
    ]);
    expect(chart.caption).toBe('ms, 1 s windows, without failed requests');
    expect(chart.panes[1]!.y.splits).toEqual([0, 10]);
  });

  it('is as wide as the planned duration while the run goes on', () => {
    const run = { ...running(), windows };
    const { x, panes } = latencyChart(drawnRun(run, target));
    expect([x.min, x.max]).toEqual([0, 60]);
    expect(panes[1]!.y.splits).toEqual([0, 200]);
  });

  it('has the band of a target that names both ends', () => {
    const measurement = measurementOf('inference-uncached', [1500, 2000]);
    const { panes } = latencyChart(drawnResult(resultOf([measurement]), measurement, false));
    expect(panes[0]!.marks).toEqual([{ kind: 'band', from: 1000, to: 3000, label: '', judged: true }]);
    expect(panes[0]!.y.max).toBeGreaterThanOrEqual(3000);
  });
});

describe('the percentile curve', () => {
  it('is logarithmic with a ceiling at each percentile where targets lie far above', () => {
    const measurement = measurementOf('message-latency', latencies);
    const [pane] = percentileChart(drawnResult(resultOf([measurement]), measurement, false)).panes;
    expect(pane!.y.scale).toBe('log');
    expect(pane!.y.max).toBeGreaterThanOrEqual(200);
    expect(
      pane!.marks.map((mark) => (mark.kind === 'ceiling' ? [mark.label, mark.y, mark.judged] : mark.kind)),
    ).toEqual([['p50 < 50', 50, true], ['p95 < 100', 100, true], ['p99 < 200', 200, true], 'hatch']);
  });

  it('says that targets are not judged on a simulated engine, and of an incomplete run', () => {
    const measurement = measurementOf('inference-uncached', [1500, 2000]);
    const simulated = percentileChart(drawnResult(resultOf([measurement], 'simulated'), measurement, false));
    const part = percentileChart(drawnResult(resultOf([measurement]), measurement, true));
    for (const { panes } of [simulated, part]) {
      expect(panes[0]!.marks[0]).toMatchObject({ judged: false, label: 'guide: 1–3 s (not judged)' });
    }
    expect([simulated.simulated, part.simulated]).toEqual([true, false]);
  });

  it('draws nothing, and stays drawable, before the first answer', () => {
    const chart = percentileChart(drawnRun(running({ so_far: null }), target));
    expect(chart.x.values).toEqual([]);
    expect(Number.isFinite(chart.panes[0]!.y.max)).toBe(true);
  });

  it('reads both of two compared runs at the points of either', () => {
    const a = measurementOf('storage', latencies.slice(0, 10));
    const b = measurementOf('storage', latencies);
    const { panes, x } = comparedChart({
      a: { label: 'A: run 1', histogram: a.histogram },
      b: { label: 'B: run 2', histogram: b.histogram },
      simulated: false,
    });
    const [first, other] = panes[0]!.series;
    expect([first!.label, other!.label]).toEqual(['B: run 2', 'A: run 1']);
    expect(first!.values).toHaveLength(x.values.length);
    expect(first!.values.every((value) => value !== null)).toBe(true);
    expect(other!.values.findLastIndex((value) => value !== null)).toBe(x.values.indexOf(1));
  });
});

describe('the distribution', () => {
  it('marks the percentiles', () => {
    const measurement = measurementOf('storage', latencies);
    const { panes, caption } = distributionChart(drawnResult(resultOf([measurement]), measurement, false));
    expect(panes[0]!.marks.map((mark) => (mark.kind === 'line' ? mark.label : ''))).toEqual(['p50', 'p95', 'p99']);
    expect(caption).toMatch(/^requests per bin/);
  });
});
