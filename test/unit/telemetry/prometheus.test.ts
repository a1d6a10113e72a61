import { describe, expect, it } from 'vitest';
import type { MeterReading } from '../../../runtime/telemetry/metrics.ts';
import { renderPrometheus } from '../../../runtime/telemetry/prometheus.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';

const counter = (name: string, unit: string, value = 1, attributes: Record<string, string> = {}) => ({
  name,
  unit,
  description: `About ${name}`,
  attributes,
  value,
});
const render = (counters: MeterReading['counters'], replica = 'r1') =>
  renderPrometheus([{ replica, reading: { counters, histograms: [] } }]);

describe('renderPrometheus', () => {
  it('gives counters their names, types and helps', () => {
    expect(render([counter('agent.requests.total', '1', 3, { lane: 'critical' })])).toBe(
      [
        '# HELP agent_requests_total About agent.requests.total',
        '# TYPE agent_requests_total counter',
        'agent_requests_total{lane="critical",replica="r1"} 3',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['ml.cache.hits', '1', 'ml_cache_hits_total'],
    ['messaging.client.sent.messages', '{message}', 'messaging_client_sent_messages_total'],
    ['work', 's', 'work_seconds_total'],
    ['work.seconds.total', 's', 'work_seconds_total'],
    ['9-lives', '1', '_9_lives_total'],
  ])('names %s (%s) %s', (name, unit, expected) => {
    expect(render([counter(name, unit)])).toContain(`\n${expected}{replica="r1"} 1\n`);
  });

  it('escapes what would end a label or a line', () => {
    const odd = { ...counter('x', '1', 1, { 'a.b': 'say "hi"\\\nbye' }), description: 'one\\two\nthree' };
    const text = render([odd]);
    expect(text).toContain('# HELP x_total one\\\\two\\nthree\n');
    expect(text).toContain('x_total{a_b="say \\"hi\\"\\\\\\nbye",replica="r1"} 1\n');
    expect(text.split('\n')).toHaveLength(4);
  });

  it('keeps replicas apart, under one head', () => {
    const reading = (value: number): MeterReading => ({ counters: [counter('x', '1', value)], histograms: [] });
    const text = renderPrometheus([
      { replica: 'r1', reading: reading(1) },
      { replica: 'r2', reading: reading(2) },
    ]);
    expect(text.match(/# TYPE/g)).toHaveLength(1);
    expect(text).toContain('x_total{replica="r1"} 1\nx_total{replica="r2"} 2\n');
  });

  it('gives histograms cumulative buckets with exact counts, bounds included', async () => {
    const telemetry = createTelemetry({ replica: 'r1', serviceVersion: '0', onSpan: () => undefined });
    const values = [0, 0.5, 1, 1.5, 2, 3, 4, 5, 300_000];
    for (const value of values) telemetry.meters.inferenceDuration.record(value, { cached: 'false' });
    telemetry.meters.modelDuration.record(0.25);
    const text = renderPrometheus([{ replica: 'r1', reading: await telemetry.collect() }]);
    const name = 'agent_inference_duration_milliseconds';
    expect(text).toContain(`# TYPE ${name} histogram\n`);
    const line = (le: string, count: number) => `${name}_bucket{cached="false",replica="r1",le="${le}"} ${count}\n`;
    for (const exponent of Array.from({ length: 18 }, (_, n) => n)) {
      const bound = 2 ** exponent;
      expect(text).toContain(line(String(bound), values.filter((value) => value <= bound).length));
    }
    expect(text).toContain(line('+Inf', values.length));
    expect(text).toContain(`${name}_sum{cached="false",replica="r1"} 300017\n`);
    expect(text).toContain(`${name}_count{cached="false",replica="r1"} 9\n`);
    const seconds = 'gen_ai_client_operation_duration_seconds_bucket{replica="r1"';
    expect(text).toContain(`${seconds},le="0.125"} 0\n`);
    expect(text).toContain(`${seconds},le="0.25"} 1\n`);
    await telemetry.dispose();
  });

  it('is empty for nothing', () => {
    expect(renderPrometheus([])).toBe('');
  });
});
