import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { metricsSchema, type SpanView, spanViewSchema } from '../../../runtime/contracts/http.ts';
import { type MeterReading, mergeReadings, meterReadingSchema } from '../../../runtime/telemetry/metrics.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';

function setUp(replica = 'replica-1') {
  const spans: SpanView[] = [];
  return {
    spans,
    telemetry: createTelemetry({ replica, serviceVersion: '0.0.0', onSpan: (span) => spans.push(span) }),
  };
}

/** As it comes out of storage. */
const stored = (reading: MeterReading) => meterReadingSchema.parse(JSON.parse(JSON.stringify(reading)));

describe('telemetry', () => {
  it("has the guide's instruments, with its units and descriptions", async () => {
    const { telemetry } = setUp();
    const { meters } = telemetry;
    meters.inferenceDuration.record(1);
    for (const meter of [meters.agentRequests, meters.storageOperations, meters.cacheHits]) meter.add(1);
    const { counters, histograms } = mergeReadings([await telemetry.collect()]);
    const facts = [...histograms, ...counters].map(({ name, unit, description }) => [name, unit, description]);
    expect(facts).toEqual([
      ['agent.inference.duration', 'ms', 'Agent inference latency'],
      ['agent.requests.total', '1', 'Total agent requests'],
      ['storage.operations.total', '1', 'Total storage operations'],
      ['ml.cache.hits', '1', 'ML inference cache hits'],
    ]);
    await telemetry.dispose();
  });

  it('adds up the meters of replicas: counts exactly, quantiles within a few percent', async () => {
    const replicas = [setUp('replica-1').telemetry, setUp('replica-2').telemetry];
    for (let ms = 1; ms <= 1000; ms++) {
      // The first replica sees the fast half, with a finer scale than the second one's.
      replicas[ms <= 500 ? 0 : 1]!.meters.inferenceDuration.record(ms, { cached: 'false' });
      replicas[ms % 2]!.meters.agentRequests.add(1, { lane: 'normal' });
    }
    replicas[1]!.meters.inferenceDuration.record(60_000, { cached: 'false' });
    const readings = await Promise.all(replicas.map(async (replica) => stored(await replica.collect())));
    const metrics = metricsSchema.parse(mergeReadings(readings));
    expect(metrics.counters).toMatchObject([{ name: 'agent.requests.total', value: 1000 }]);
    const [histogram] = metrics.histograms;
    expect(histogram).toMatchObject({ count: 1001, sum: 500_500 + 60_000, attributes: { cached: 'false' } });
    expect(histogram!.p50! / 501).toBeCloseTo(1, 1);
    expect(histogram!.p95! / 951).toBeCloseTo(1, 1);
    await Promise.all(replicas.map((replica) => replica.dispose()));
  });

  it('keeps series with different attributes apart', async () => {
    const { telemetry } = setUp();
    telemetry.meters.inferenceDuration.record(0, { cached: 'exact' });
    telemetry.meters.inferenceDuration.record(100, { cached: 'false' });
    const { histograms } = mergeReadings([await telemetry.collect()]);
    expect(histograms.map(({ attributes, count, p50 }) => [attributes.cached, count, Math.round(p50!)])).toEqual([
      ['exact', 1, 0],
      ['false', 1, 100],
    ]);
    await telemetry.dispose();
  });

  it('tells of finished spans, with their parents over an await', async () => {
    const { telemetry, spans } = setUp();
    await telemetry.tracer.startActiveSpan('outer', async (outer) => {
      await Promise.resolve();
      const inner = telemetry.tracer.startSpan('inner', { attributes: { 'aos.cached': 'exact' } });
      inner.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
      inner.end();
      outer.end();
    });
    const [inner, outer] = spans.map((span) => spanViewSchema.parse(span));
    expect(outer).toMatchObject({ name: 'outer', status: 'ok', parent_span_id: null, replica: 'replica-1' });
    expect(inner).toMatchObject({ name: 'inner', status: 'error', parent_span_id: outer!.span_id });
    expect(inner!.trace_id).toBe(outer!.trace_id);
    expect(inner!.attributes).toEqual({ 'aos.cached': 'exact', 'error.message': 'no' });
    await telemetry.dispose();
  });

  it.each([
    [0.1, 1800, 2200],
    [1, 20_000, 20_000],
    [0, 0, 0],
  ])('records a share of %d of the traces, whole', async (samplingRatio, least, most) => {
    const spans: SpanView[] = [];
    const telemetry = createTelemetry({
      replica: 'r',
      serviceVersion: '0',
      samplingRatio,
      onSpan: (span) => spans.push(span),
    });
    for (let n = 0; n < 20_000; n++) {
      telemetry.tracer.startActiveSpan('root', (root) => {
        telemetry.tracer.startSpan('child').end();
        root.end();
      });
      telemetry.meters.agentRequests.add(1);
    }
    const roots = spans.filter(({ name }) => name === 'root');
    expect(roots.length).toBeGreaterThanOrEqual(least);
    expect(roots.length).toBeLessThanOrEqual(most);
    expect(spans.filter(({ name }) => name === 'child').map(({ trace_id }) => trace_id)).toEqual(
      roots.map(({ trace_id }) => trace_id),
    );
    expect((await telemetry.collect()).counters).toMatchObject([{ value: 20_000 }]);
    await telemetry.dispose();
  });

  it('cuts off long texts in attributes', async () => {
    const { telemetry, spans } = setUp();
    telemetry.tracer.startSpan('long', { attributes: { text: 'x'.repeat(100_000) } }).end();
    expect(String(spans[0]?.attributes.text)).toHaveLength(4096);
    await telemetry.dispose();
  });
});
