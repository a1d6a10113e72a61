import { PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../core/logger.ts';
import { EXPORT_TIMEOUT_MS, METRICS_INTERVAL_MS, type TelemetryExport } from './exports.ts';
import { LazyExporter } from './lazy-exporter.ts';

export interface OtlpOptions {
  /**
   * Base address of a collector that speaks OTLP over HTTP, e.g. `http://127.0.0.1:4318`: `/v1/traces` and `/v1/metrics`
   * are below it. Headers, compression and time-outs are those of the variables OTEL_EXPORTER_OTLP_*.
   */
  endpoint: string;
  /** Default 60,000 (R41). */
  metricsIntervalMs?: number;
  logger: Logger;
}

/** Sends finished spans to a collector in batches, and once in a while what the meters have aggregated. */
export function otlpExport({
  endpoint,
  metricsIntervalMs = METRICS_INTERVAL_MS,
  logger,
}: OtlpOptions): TelemetryExport {
  const spans: SpanExporter = new LazyExporter('traces', logger, async () => {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    return new OTLPTraceExporter({ url: signalUrl(endpoint, 'traces') });
  });
  const metrics: PushMetricExporter = new LazyExporter('metrics', logger, async () => {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
    return new OTLPMetricExporter({ url: signalUrl(endpoint, 'metrics') });
  });
  return {
    to: endpoint,
    spans: new BatchSpanProcessor(spans),
    metrics: new PeriodicExportingMetricReader({
      exporter: metrics,
      exportIntervalMillis: metricsIntervalMs,
      exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, metricsIntervalMs),
    }),
  };
}

const signalUrl = (endpoint: string, signal: string) => `${endpoint.replace(/\/+$/, '')}/v1/${signal}`;
