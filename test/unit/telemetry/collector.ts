import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Emitter, nextEvent } from '../../../runtime/core/events.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  /** OTLP in JSON. */
  body: OtlpBody;
}

interface OtlpBody {
  resourceSpans?: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: { name: string; traceId: string }[] }[];
  }[];
  resourceMetrics?: { scopeMetrics: { metrics: OtlpMetric[] }[] }[];
}

interface OtlpMetric {
  name: string;
  unit: string;
  sum?: { dataPoints: { asDouble?: number; asInt?: number | string }[]; isMonotonic: boolean };
  exponentialHistogram?: { dataPoints: { count: number | string; sum: number }[] };
}

/** A stand-in for an OpenTelemetry collector on this machine: it takes OTLP over HTTP and keeps what it got. */
export async function startCollector({ statusFor = () => 200 }: { statusFor?: () => number | undefined } = {}) {
  const received: Received[] = [];
  const arrived = new Emitter<Received>();
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as OtlpBody;
    const status = statusFor();
    if (status === undefined) return;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    const one = { path: request.url ?? '', headers: request.headers, body };
    received.push(one);
    arrived.fire(one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    next: () => nextEvent(arrived.event),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
