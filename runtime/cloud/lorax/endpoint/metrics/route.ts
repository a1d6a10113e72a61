import type { FastifyInstance } from 'fastify';
import type { EndpointContext } from '../context.ts';
import { labelText, type Metric, type Sample } from './metric.ts';

/** `GET /metrics`: Prometheus text, or JSON for `?format=json` and `Accept: application/json`. */
export function addMetricsRoute(server: FastifyInstance, { metrics }: EndpointContext): void {
  server.get<{ Querystring: { format?: string } }>('/metrics', async (request, reply) => {
    const happened = metrics.all().filter((metric) => metric.samples().length > 0);
    const wantsJson = request.query.format === 'json' || request.headers.accept?.includes('application/json');
    if (wantsJson) return toJson(happened);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(toText(happened));
  });
}

function toText(metrics: readonly Metric[]): string {
  const blocks = metrics.map((metric) => {
    const lines = metric.samples().map((sample) => `${fullName(metric, sample)} ${sample.value}`);
    return [`# TYPE ${metric.name} ${metric.type}`, ...lines, ''].join('\n');
  });
  return `${blocks.join('\n')}`;
}

/** LoRAX's shape: `{name: {type, data: [{key, value}]}}`; the key is `sum`, `count`, the labelled name, or empty. */
function toJson(metrics: readonly Metric[]): Record<string, { type: string; data: { key: string; value: number }[] }> {
  const entries = metrics.map((metric) => {
    const data = metric.samples().map((sample) => ({ key: keyOf(metric, sample), value: sample.value }));
    return [metric.name, { type: metric.type, data }];
  });
  return Object.fromEntries(entries);
}

function keyOf(metric: Metric, sample: Sample): string {
  return Object.keys(sample.labels).length > 0 ? fullName(metric, sample) : sample.suffix.slice(1);
}

function fullName({ name }: Metric, { suffix, labels }: Sample): string {
  return `${name}${suffix}${labelText(labels)}`;
}
