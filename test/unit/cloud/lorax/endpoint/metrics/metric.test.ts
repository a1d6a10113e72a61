import { describe, expect, it } from 'vitest';
import { Counter, gauge, Histogram, labelText } from '../../../../../../runtime/cloud/lorax/endpoint/metrics/metric.ts';

describe('metrics', () => {
  it('are absent until something happened', () => {
    expect(new Counter('c').samples()).toEqual([]);
    expect(new Histogram('h', [1]).samples()).toEqual([]);
  });

  it('count per set of labels', () => {
    const counter = new Counter('c');
    counter.add({ err: 'a' });
    counter.add({ err: 'b' }, 2);
    counter.add({ err: 'a' });
    expect(counter.samples()).toEqual([
      { suffix: '', labels: { err: 'a' }, value: 2 },
      { suffix: '', labels: { err: 'b' }, value: 2 },
    ]);
  });

  it('count what is at or below each bound, and all of it', () => {
    const histogram = new Histogram('h', [1, 2]);
    for (const value of [0.5, 1, 1.5, 99]) histogram.record(value, { m: 'x' });
    expect(histogram.type).toBe('histogram');
    expect(histogram.samples().map(({ suffix, labels, value }) => [suffix, labels.le, value])).toEqual([
      ['_bucket', '1', 2],
      ['_bucket', '2', 3],
      ['_bucket', '+Inf', 4],
      ['_sum', undefined, 102],
      ['_count', undefined, 4],
    ]);
  });

  it('are summaries of sum and count without bounds', () => {
    const summary = new Histogram('h');
    summary.record(3);
    expect(summary.type).toBe('summary');
    expect(summary.samples().map(({ suffix, value }) => [suffix, value])).toEqual([
      ['_sum', 3],
      ['_count', 1],
    ]);
  });

  it('read gauges when they are asked', () => {
    let value = 1;
    const metric = gauge('g', () => [{ value }]);
    value = 2;
    expect(metric.samples()).toEqual([{ suffix: '', labels: {}, value: 2 }]);
  });

  it('escape what would end a label', () => {
    expect(labelText({ a: 'C:\\x "y"\n', b: '1' })).toBe('{a="C:\\\\x \\"y\\"\\n",b="1"}');
    expect(labelText({})).toBe('');
  });
});
