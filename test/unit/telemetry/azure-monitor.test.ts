import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { SpanKind } from '@opentelemetry/api';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { azureMonitorExport } from '../../../runtime/telemetry/azure-monitor.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';
import { serverCertificate, trustLoopback } from '../../certificate/loopback.ts';

interface Envelope {
  sampleRate: number;
  data: {
    baseType: string;
    baseData: { name?: string; metrics?: { name: string; value: number; count: number }[] };
  };
}

/** A stand-in for the ingestion endpoint of Application Insights on this machine. */
async function startIngestion() {
  const envelopes: Envelope[] = [];
  const server = createServer(serverCertificate(), async (request, response) => {
    const body = await buffer(request);
    const sent = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const batch: Envelope[] = JSON.parse(sent.toString());
    envelopes.push(...batch);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ itemsReceived: batch.length, itemsAccepted: batch.length, errors: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    envelopes,
    connectionString: `InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint=https://127.0.0.1:${port}/`,
    metrics: (name: string) =>
      envelopes
        .flatMap(({ data }) => data.baseData.metrics ?? [])
        .filter((metric) => metric.name === name)
        .map(({ value, count }) => ({ value, count })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

beforeAll(trustLoopback);

describe('export to Azure Monitor', () => {
  it('sends requests with the rate they were sampled at, and of metrics what is new', async () => {
    // The exporter's statistics about itself would go to Microsoft.
    vi.stubEnv('APPLICATION_INSIGHTS_NO_STATSBEAT', '1');
    vi.stubEnv('APPLICATIONINSIGHTS_SDKSTATS_DISABLED', '1');
    await using ingestion = await startIngestion();
    const { connectionString } = ingestion;
    const exporting = azureMonitorExport({ connectionString, samplingRatio: 0.5, logger: silentLogger });
    const telemetry = createTelemetry({
      ...{ replica: 'replica-1', serviceVersion: '0', samplingRatio: 0.5, onSpan: () => undefined },
      exports: [exporting],
      shutdownMs: 10_000,
    });
    for (let i = 0; i < 64; i++) telemetry.tracer.startSpan('POST /api/agent_infer', { kind: SpanKind.SERVER }).end();
    telemetry.meters.inferenceDuration.record(12);
    telemetry.meters.cacheHits.add(2);
    await exporting.metrics.forceFlush();
    expect(ingestion.metrics('ml.cache.hits')).toEqual([{ value: 2, count: 1 }]);
    telemetry.meters.cacheHits.add(3);
    await telemetry.dispose();

    expect(ingestion.metrics('ml.cache.hits').reduce((sum, { value }) => sum + value, 0)).toBe(5);
    expect(ingestion.metrics('agent.inference.duration')).toEqual([{ value: 12, count: 1 }]);
    const requests = ingestion.envelopes.filter(({ data }) => data.baseType === 'RequestData');
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.length).toBeLessThan(64);
    expect(requests.map(({ sampleRate }) => sampleRate)).toEqual(requests.map(() => 50));
    expect(requests[0]?.data.baseData.name).toBe('POST /api/agent_infer');
    vi.unstubAllEnvs();
  });
});
