import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, createTraceState, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { afterAll, describe, expect, it } from 'vitest';
import type { SpanView } from '../../../runtime/contracts/http.ts';
import { extractContext, injectContext } from '../../../runtime/telemetry/propagation.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';

const spans: SpanView[] = [];
const telemetry = createTelemetry({ replica: 'r', serviceVersion: '0', onSpan: (span) => spans.push(span) });
const unrecorded = createTelemetry({
  replica: 'r',
  serviceVersion: '0',
  samplingRatio: 0,
  onSpan: (span) => spans.push(span),
});
afterAll(async () => {
  await telemetry.dispose();
  await unrecorded.dispose();
});

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

describe('a trace', () => {
  it('goes on where its message arrives', () => {
    const sent = telemetry.tracer.startActiveSpan('send', (span) => {
      const properties = injectContext({ 'aos.tenant': 'a' });
      span.end();
      return { properties: JSON.parse(JSON.stringify(properties)) as Record<string, string>, span };
    });
    expect(sent.properties).toEqual({
      'aos.tenant': 'a',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
    const received = telemetry.tracer.startSpan('receive', {}, extractContext(sent.properties));
    received.end();
    expect(spans.at(-1)).toMatchObject({
      name: 'receive',
      trace_id: sent.span.spanContext().traceId,
      parent_span_id: sent.span.spanContext().spanId,
    });
  });

  it('goes over HTTP', async () => {
    const server = createServer((request, response) => {
      const span = telemetry.tracer.startSpan('serve', {}, extractContext(request.headers));
      span.end();
      response.end(span.spanContext().traceId);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const traceId = await telemetry.tracer.startActiveSpan('call', async (span) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const answer = await fetch(url, { headers: injectContext<Record<string, string>>({}) });
      span.end();
      expect(await answer.text()).toBe(span.spanContext().traceId);
      return span.spanContext().traceId;
    });
    await new Promise((resolve) => server.close(resolve));
    const hops = spans.filter(({ trace_id }) => trace_id === traceId);
    expect(hops.map(({ name }) => name)).toEqual(['serve', 'call']);
    expect(hops[0]?.parent_span_id).toBe(hops[1]?.span_id);
  });

  it('keeps its state of other vendors, and its mark of not being recorded', () => {
    const extracted = extractContext({ traceparent: `00-${TRACE}-b7ad6b7169203331-00`, tracestate: 'a=1,b=2' });
    expect(trace.getSpanContext(extracted)?.traceState?.serialize()).toBe('a=1,b=2');
    const count = spans.length;
    const child = telemetry.tracer.startSpan('child', {}, extracted);
    child.end();
    expect(spans).toHaveLength(count);
    expect(injectContext<Record<string, string>>({}, trace.setSpan(ROOT_CONTEXT, child))).toEqual({
      traceparent: `00-${TRACE}-${child.spanContext().spanId}-00`,
      tracestate: 'a=1,b=2',
    });
  });

  it('is recorded where it arrives if it is recorded where it began, whatever the share there', () => {
    unrecorded.tracer.startSpan('hop', {}, extractContext({ traceparent: PARENT })).end();
    expect(spans.at(-1)).toMatchObject({ name: 'hop', trace_id: TRACE });
  });

  it("is found under the name that Azure's other SDKs give it, which counts less than its own", () => {
    const traceOf = (carrier: Record<string, unknown>) => trace.getSpanContext(extractContext(carrier))?.traceId;
    expect(traceOf({ 'Diagnostic-Id': PARENT })).toBe(TRACE);
    expect(traceOf({ 'Diagnostic-Id': PARENT.replace('0af7', 'ffff'), traceparent: PARENT })).toBe(TRACE);
  });

  it('begins anew without a valid one, also within another', () => {
    telemetry.tracer.startActiveSpan('outer', (outer) => {
      for (const carrier of [undefined, {}, { traceparent: 'nonsense' }, { traceparent: 7 }]) {
        expect(trace.getSpanContext(extractContext(carrier))).toBeUndefined();
      }
      outer.end();
    });
    expect(injectContext({}, ROOT_CONTEXT)).toEqual({});
  });

  it('carries a state that was set here', () => {
    const spanContext = {
      traceId: TRACE,
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      traceState: createTraceState('x=1'),
    };
    const carrier = injectContext({}, trace.setSpanContext(context.active(), spanContext));
    expect(carrier).toEqual({ traceparent: PARENT, tracestate: 'x=1' });
  });
});
