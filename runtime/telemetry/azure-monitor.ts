import { AggregationTemporality, InstrumentType, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../core/logger.ts';
import { EXPORT_TIMEOUT_MS, METRICS_INTERVAL_MS, type TelemetryExport } from './exports.ts';
import { LazyExporter } from './lazy-exporter.ts';

export interface AzureMonitorOptions {
  /** Of Application Insights. */
  connectionString: string;
  /** Share of the traces that are recorded: each span says how many it stands for, so that counts there are true. */
  samplingRatio: number;
  /** Default 60,000 (R41). */
  metricsIntervalMs?: number;
  logger: Logger;
}

/** The attribute that Azure Monitor takes for the sampling rate of a span, in percent. */
const SAMPLE_RATE = 'microsoft.sample_rate';

/** Sends spans and metrics to Application Insights. Its exporter (1 MB) is loaded with the first batch, and only then. */
export function azureMonitorExport(options: AzureMonitorOptions): TelemetryExport {
  const { connectionString, samplingRatio, metricsIntervalMs = METRICS_INTERVAL_MS, logger } = options;
  // The file system of a container is read-only: what cannot be sent is not kept on disk.
  const exporterOptions = { connectionString, disableOfflineStorage: true };
  const spans = new LazyExporter<ReadableSpan[]>('traces', logger, async () => {
    const { AzureMonitorTraceExporter } = await import('@azure/monitor-opentelemetry-exporter');
    const exporter = new AzureMonitorTraceExporter(exporterOptions);
    return {
      export: (batch, done) => void exporter.export(samplingRatio < 1 ? batch.map(rated) : batch, done),
      shutdown: () => exporter.shutdown(),
    };
  });
  const metrics = new LazyMetricExporter('metrics', logger, async () => {
    const { AzureMonitorMetricExporter } = await import('@azure/monitor-opentelemetry-exporter');
    return new AzureMonitorMetricExporter(exporterOptions);
  });
  const rated = (span: ReadableSpan): ReadableSpan =>
    Object.create(span, { attributes: { value: { ...span.attributes, [SAMPLE_RATE]: samplingRatio * 100 } } });
  return {
    to: /IngestionEndpoint=([^;]+)/i.exec(connectionString)?.[1] ?? 'Application Insights',
    spans: new BatchSpanProcessor(spans),
    metrics: new PeriodicExportingMetricReader({
      exporter: metrics,
      exportIntervalMillis: metricsIntervalMs,
      exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, metricsIntervalMs),
    }),
  };
}

class LazyMetricExporter<Batch> extends LazyExporter<Batch> {
  /** As the exporter itself would say: a query adds values up (R80), so that each export must hold only what is new. */
  selectAggregationTemporality(instrument: InstrumentType): AggregationTemporality {
    return instrument === InstrumentType.UP_DOWN_COUNTER || instrument === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
      ? AggregationTemporality.CUMULATIVE
      : AggregationTemporality.DELTA;
  }
}
