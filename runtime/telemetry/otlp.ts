import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../core/logger.ts';

export interface OtlpOptions {
  /**
   * Base address of a collector that speaks OTLP over HTTP, e.g. `http://127.0.0.1:4318`: `/v1/traces` and `/v1/metrics`
   * are below it. Headers, compression and time-outs are those of the variables OTEL_EXPORTER_OTLP_*.
   */
  endpoint: string;
  /** Default 60,000 (R41). */
  metricsIntervalMs?: number;
  /** At the end, how long to wait for the collector to take the rest. Default 2,000. */
  shutdownMs?: number;
  logger: Logger;
}

const METRICS_INTERVAL_MS = 60_000;
/** An export that takes longer than this has failed. */
const EXPORT_TIMEOUT_MS = 30_000;

/** Sends finished spans to a collector, in batches. */
export function otlpSpanProcessor({ endpoint, logger }: OtlpOptions): BatchSpanProcessor {
  const exporter: SpanExporter = new LazyExporter('traces', logger, async () => {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    return new OTLPTraceExporter({ url: signalUrl(endpoint, 'traces') });
  });
  return new BatchSpanProcessor(exporter);
}

/** Sends what the meters have aggregated to a collector, once in a while. */
export function otlpMetricReader({
  endpoint,
  metricsIntervalMs = METRICS_INTERVAL_MS,
  logger,
}: OtlpOptions): PeriodicExportingMetricReader {
  const exporter: PushMetricExporter = new LazyExporter('metrics', logger, async () => {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
    return new OTLPMetricExporter({ url: signalUrl(endpoint, 'metrics') });
  });
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: metricsIntervalMs,
    exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, metricsIntervalMs),
  });
}

const signalUrl = (endpoint: string, signal: string) => `${endpoint.replace(/\/+$/, '')}/v1/${signal}`;

interface Exporter<Batch> {
  export(batch: Batch, done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Loads the exporter with its first batch (60 to 160 ms), so that it costs the start nothing. The log tells when exporting
 * fails and when it works again: the SDK itself keeps that to itself.
 */
class LazyExporter<Batch> implements Exporter<Batch> {
  readonly #signal: string;
  readonly #logger: Logger;
  readonly #load: () => Promise<Exporter<Batch>>;
  #exporter: Promise<Exporter<Batch>> | undefined;
  #failing = false;

  constructor(signal: string, logger: Logger, load: () => Promise<Exporter<Batch>>) {
    this.#signal = signal;
    this.#logger = logger;
    this.#load = load;
  }

  export(batch: Batch, done: (result: ExportResult) => void): void {
    const finish = (result: ExportResult) => {
      this.#tell(result);
      done(result);
    };
    this.#exporter ??= this.#load();
    this.#exporter.then(
      (exporter) => exporter.export(batch, finish),
      (error) => finish({ code: ExportResultCode.FAILED, error }),
    );
  }

  async forceFlush(): Promise<void> {
    await (await this.#exporter)?.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await (await this.#exporter)?.shutdown();
  }

  #tell({ code, error }: ExportResult): void {
    const failed = code !== ExportResultCode.SUCCESS;
    if (failed === this.#failing) return;
    this.#failing = failed;
    if (failed) this.#logger.warn(`${this.#signal} cannot be exported; they stay visible locally`, { error });
    else this.#logger.info(`${this.#signal} are exported again`);
  }
}
