import { describe, expect, it } from 'vitest';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import { otlpExport } from '../../../runtime/telemetry/otlp.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';
import { startCollector } from './collector.ts';

function start(
  { shutdownMs, ...otlp }: { endpoint: string; metricsIntervalMs?: number; shutdownMs?: number },
  samplingRatio = 1,
) {
  const logs: LogRecord[] = [];
  const logger = createLogger({ scope: 'telemetry', write: (record) => logs.push(record) });
  const telemetry = createTelemetry({
    replica: 'replica-1',
    serviceVersion: '0.0.0',
    serviceName: 'boardroom',
    samplingRatio,
    onSpan: () => undefined,
    exports: [otlpExport({ ...otlp, logger })],
    ...(shutdownMs === undefined ? {} : { shutdownMs }),
    logger,
  });
  return { telemetry, logs };
}

describe('export over OTLP', () => {
  it('sends spans and metrics to the collector, the rest of them at the end', async () => {
    await using collector = await startCollector();
    const { telemetry, logs } = start({ endpoint: `${collector.endpoint}/` });
    telemetry.tracer.startSpan('invoke_agent ceo').end();
    telemetry.meters.agentRequests.add(3, { lane: 'normal' });
    telemetry.meters.inferenceDuration.record(12);
    await telemetry.dispose();
    expect(collector.received.map(({ path }) => path).sort()).toEqual(['/v1/metrics', '/v1/traces']);
    const traces = collector.received.find(({ path }) => path === '/v1/traces')?.body.resourceSpans?.[0];
    expect(traces?.scopeSpans[0]?.spans.map(({ name }) => name)).toEqual(['invoke_agent ceo']);
    expect(traces?.resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'boardroom' } });
    expect(traces?.resource.attributes).toContainEqual({
      key: 'service.instance.id',
      value: { stringValue: 'replica-1' },
    });
    const metrics = collector.received.find(({ path }) => path === '/v1/metrics')?.body.resourceMetrics?.[0];
    const [duration, requests] = metrics?.scopeMetrics[0]?.metrics ?? [];
    expect(duration).toMatchObject({
      name: 'agent.inference.duration',
      unit: 'ms',
      exponentialHistogram: { dataPoints: [{ count: 1, sum: 12 }] },
    });
    expect(requests).toMatchObject({ name: 'agent.requests.total', sum: { isMonotonic: true } });
    expect(requests?.sum?.dataPoints).toMatchObject([{ asDouble: 3 }]);
    expect(logs).toEqual([]);
  });

  it('sends metrics at their interval, beside the readings that are asked for', async () => {
    await using collector = await startCollector();
    const { telemetry } = start({ endpoint: collector.endpoint, metricsIntervalMs: 20 });
    telemetry.meters.cacheHits.add(1);
    const first = await collector.next();
    telemetry.meters.cacheHits.add(1);
    const second = await collector.next();
    const hits = ({ body }: typeof first) =>
      body.resourceMetrics?.[0]?.scopeMetrics[0]?.metrics[0]?.sum?.dataPoints[0]?.asDouble;
    expect([hits(first), hits(second)]).toEqual([1, 2]);
    expect((await telemetry.collect()).counters).toMatchObject([{ name: 'ml.cache.hits', value: 2 }]);
    await telemetry.dispose();
  });

  it('sends no span of a trace that is not recorded, and all metrics', async () => {
    await using collector = await startCollector();
    const { telemetry } = start({ endpoint: collector.endpoint }, 0);
    telemetry.tracer.startSpan('invoke_agent ceo').end();
    telemetry.meters.agentRequests.add(1);
    await telemetry.dispose();
    expect(collector.received.map(({ path }) => path)).toEqual(['/v1/metrics']);
  });

  it('says once that the collector refuses, and once that it takes again', async () => {
    let status = 400;
    await using collector = await startCollector({ statusFor: () => status });
    const { telemetry, logs } = start({ endpoint: collector.endpoint, metricsIntervalMs: 20 });
    telemetry.meters.cacheHits.add(1);
    await collector.next();
    await collector.next();
    status = 200;
    await collector.next();
    await telemetry.dispose();
    expect(logs.map(({ level, message }) => [level, message])).toEqual([
      ['warn', expect.stringMatching(/^metrics cannot be exported/)],
      ['info', expect.stringMatching(/^metrics are exported again/)],
    ]);
  });

  it('ends in time, and without an error, when the collector does not answer', async () => {
    await using collector = await startCollector({ statusFor: () => undefined });
    const { telemetry, logs } = start({ endpoint: collector.endpoint, shutdownMs: 50 });
    telemetry.tracer.startSpan('invoke_agent ceo').end();
    await telemetry.dispose();
    expect(logs).toMatchObject([{ level: 'warn', fields: { to: [collector.endpoint] } }]);
  });
});
