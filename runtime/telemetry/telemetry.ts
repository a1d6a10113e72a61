import { type Counter, context, type Histogram, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { SpanView } from '../contracts/http.ts';
import { type MeterReading, toReading } from './metrics.ts';

/** The instruments of the guide (R72–R75), the misses it forgot, and OpenTelemetry's own names for messages. */
export interface Meters {
  readonly inferenceDuration: Histogram;
  readonly agentRequests: Counter;
  readonly storageOperations: Counter;
  readonly cacheHits: Counter;
  readonly cacheMisses: Counter;
  readonly messagesSent: Counter;
  readonly messagesConsumed: Counter;
}

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
  /** Called with every finished span. */
  onSpan: (span: SpanView) => void;
}

const NAME = 'aos-studio';
/** Buckets of a histogram: 640 keep latencies from 0.1 ms to 100 s apart by about 2 %. */
const MAX_BUCKETS = 640;

/** OpenTelemetry of one replica: its meters and its tracer; every span is kept. */
export function createTelemetry({ replica, serviceVersion, onSpan }: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({
    'service.name': 'aos',
    'service.version': serviceVersion,
    'service.instance.id': replica,
  });
  const reader = new PullReader();
  const metrics = new MeterProvider({
    resource,
    readers: [reader],
    views: [
      {
        instrumentType: InstrumentType.HISTOGRAM,
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: MAX_BUCKETS } },
      },
    ],
  });
  const traces = new BasicTracerProvider({
    resource,
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => onSpan(toView(span, replica)),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  });
  // Carries the active span over `await`. A second runtime in this process shares the first one's.
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);

  const meter = metrics.getMeter(NAME, serviceVersion);
  const counter = (name: string, unit: string, description: string) => meter.createCounter(name, { unit, description });
  return {
    meters: {
      inferenceDuration: meter.createHistogram('agent.inference.duration', {
        unit: 'ms',
        description: 'Agent inference latency',
      }),
      agentRequests: counter('agent.requests.total', '1', 'Total agent requests'),
      storageOperations: counter('storage.operations.total', '1', 'Total storage operations'),
      cacheHits: counter('ml.cache.hits', '1', 'ML inference cache hits'),
      cacheMisses: counter('ml.cache.misses', '1', 'ML inference cache misses'),
      messagesSent: counter('messaging.client.sent.messages', '{message}', 'Messages sent to Service Bus'),
      messagesConsumed: counter(
        'messaging.client.consumed.messages',
        '{message}',
        'Messages delivered by Service Bus, repeated deliveries included',
      ),
    },
    tracer: traces.getTracer(NAME, serviceVersion),
    collect: async () => toReading((await reader.collect()).resourceMetrics),
    dispose: async () => {
      await Promise.all([metrics.shutdown(), traces.shutdown()]);
    },
  };
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
