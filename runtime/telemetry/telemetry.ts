import { context, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { SpanView } from '../contracts/http.ts';
import { sleep } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { TelemetryExport } from './exports.ts';
import { createMeters, type Meters } from './meters.ts';
import { type MeterReading, toReading } from './metrics.ts';
import { SAMPLING_RATIOS } from './settings.ts';

export type { Meters } from './meters.ts';

export interface Telemetry {
  readonly meters: Meters;
  readonly tracer: Tracer;
  /** What the meters show now, since the start of this replica. */
  collect(): Promise<MeterReading>;
  dispose(): Promise<void>;
}

export interface TelemetryOptions {
  replica: string;
  serviceVersion: string;
  /** Called with every finished span of the traces that are recorded. */
  onSpan: (span: SpanView) => void;
  /** Default `aos`. */
  serviceName?: string;
  /** Share of new traces that are recorded, 0 to 1 (R39). Default 1, that of a developer's machine. */
  samplingRatio?: number;
  /** Where spans and metrics go besides; default nowhere. */
  exports?: readonly TelemetryExport[];
  /** At the end, how long to wait for those places to take the rest. Default 2,000. */
  shutdownMs?: number;
  logger?: Logger;
}

const NAME = 'aos-studio';
/** Buckets of a histogram: 640 keep latencies from 0.1 ms to 100 s apart by about 2 %. */
const MAX_BUCKETS = 640;
/** Longer texts in attributes are cut off: spans are kept in memory and in tables. */
const MAX_ATTRIBUTE_CHARS = 4096;
const SHUTDOWN_MS = 2000;

/**
 * OpenTelemetry of one replica: its meters, which count everything, and its tracer, which records a share of the traces.
 * A trace that began elsewhere is recorded here if it is recorded there.
 */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { replica, serviceVersion, onSpan, serviceName = 'aos', samplingRatio = SAMPLING_RATIOS.local } = options;
  const { exports = [] } = options;
  const resource = resourceFromAttributes({
    'service.name': serviceName,
    'service.version': serviceVersion,
    'service.instance.id': replica,
  });
  const reader = new PullReader();
  const metrics = new MeterProvider({
    resource,
    readers: [reader, ...exports.map(({ metrics }) => metrics)],
    views: [
      {
        instrumentType: InstrumentType.HISTOGRAM,
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: MAX_BUCKETS } },
      },
    ],
  });
  const traces = new BasicTracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplingRatio) }),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_CHARS },
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => onSpan(toView(span, replica)),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
      ...exports.map(({ spans }) => spans),
    ],
  });
  // Carries the active span over `await`. A second runtime in this process shares the first one's.
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);

  return {
    meters: createMeters(metrics.getMeter(NAME, serviceVersion)),
    tracer: traces.getTracer(NAME, serviceVersion),
    collect: async () => toReading((await reader.collect()).resourceMetrics),
    dispose: () => exportTheRest([metrics.shutdown(), traces.shutdown()], options),
  };
}

/** A place that is away must not hold up the end: the exporters would try for about ten seconds, and then throw. */
async function exportTheRest(shutdowns: Promise<void>[], options: TelemetryOptions): Promise<void> {
  const { exports = [], shutdownMs = SHUTDOWN_MS, logger } = options;
  if (exports.length === 0) {
    await Promise.all(shutdowns);
    return;
  }
  const outcomes = Promise.allSettled(shutdowns);
  const inTime = await Promise.race([outcomes, sleep(shutdownMs)]);
  if (inTime?.every(({ status }) => status === 'fulfilled')) return;
  logger?.warn('the last traces and metrics could not be exported', { to: exports.map(({ to }) => to) });
}

/** A reader that is asked, instead of one that exports by a timer. */
class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    await this.collect();
  }

  protected override async onShutdown(): Promise<void> {
    await this.collect();
  }
}

function toView(span: ReadableSpan, replica: string): SpanView {
  const { traceId, spanId } = span.spanContext();
  return {
    trace_id: traceId,
    span_id: spanId,
    parent_span_id: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    start: new Date(toMs(span.startTime)).toISOString(),
    duration_ms: toMs(span.duration),
    status: span.status.code === SpanStatusCode.ERROR ? 'error' : 'ok',
    replica,
    attributes: { ...span.attributes, ...(span.status.message ? { 'error.message': span.status.message } : {}) },
  };
}

/** OpenTelemetry's [seconds, nanoseconds]. */
const toMs = ([seconds, nanoseconds]: [number, number]) => seconds * 1000 + nanoseconds / 1e6;
