import { type Context, context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/** What carries a trace from one process to another: HTTP headers, or the application properties of a message. */
export type Carrier = Record<string, unknown>;

const propagator = new W3CTraceContextPropagator();

/** What Azure's SDKs of other languages call the `traceparent` of a message (Service Bus end-to-end tracing). */
const DIAGNOSTIC_ID = 'Diagnostic-Id';

/**
 * Writes the active trace into a carrier, as `traceparent` and `tracestate` (W3C Trace Context); nothing without one.
 * @returns the carrier
 */
export function injectContext<T extends Carrier>(carrier: T, from: Context = context.active()): T {
  propagator.inject(from, carrier, defaultTextMapSetter);
  return carrier;
}

/**
 * The context that came with a request or message, to run its handling in: `context.with(extractContext(headers), …)`.
 * A carrier without a valid trace gives the empty context, so that a new trace begins.
 */
export function extractContext(carrier: Carrier | undefined): Context {
  if (!carrier) return ROOT_CONTEXT;
  const traceparent = carrier.traceparent ?? carrier[DIAGNOSTIC_ID];
  return propagator.extract(ROOT_CONTEXT, { ...carrier, traceparent }, defaultTextMapGetter);
}
