import type { MetricReader } from '@opentelemetry/sdk-metrics';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** A place besides this replica where spans and metrics go. */
export interface TelemetryExport {
  /** For the log: its address. Never a key. */
  readonly to: string;
  readonly spans: SpanProcessor;
  readonly metrics: MetricReader;
}

/** How often metrics, aggregated until then, are sent (R41). */
export const METRICS_INTERVAL_MS = 60_000;
/** An export that takes longer than this has failed. */
export const EXPORT_TIMEOUT_MS = 30_000;
