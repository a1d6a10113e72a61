import { Document } from 'yaml';
import type { Criterion, TestPlan } from '../contracts/load-test.ts';

/** Threads that one engine of Azure Load Testing bears. */
const THREADS_PER_ENGINE = 250;

/**
 * The plan as a configuration of Azure Load Testing (v0.1). There `testPlan` is a file, and criteria say when a test
 * *fails*, so each is turned round. At equality the two differ: `avg(response_time) < 2000` fails at 2000, Azure's
 * `avg(response_time_ms) > 2000` does not.
 * @param options.planFile what {@link toJmx} or {@link toLocust} wrote, relative to the configuration
 */
export function toAzureLoadTest(plan: TestPlan, options: { testType: 'JMX' | 'Locust'; planFile: string }): string {
  const threads = plan.items.reduce((sum, item) => sum + item.threads, 0);
  const turned = plan.criteria.map((criterion) => ({ criterion, failure: failureOf(criterion) }));
  const failureCriteria = turned.flatMap(({ failure }) => failure ?? []);
  const document = new Document({
    version: 'v0.1',
    testId: testId(plan.name),
    displayName: plan.name.slice(0, 50),
    testType: options.testType,
    testPlan: options.planFile,
    engineInstances: Math.ceil(threads / THREADS_PER_ENGINE),
    ...(failureCriteria.length > 0 ? { failureCriteria } : {}),
  });
  const lost = turned.filter(({ failure }) => failure === null).map(({ criterion }) => criterion.text);
  if (lost.length > 0) document.comment = ` Azure Load Testing has no metric for: ${lost.join('; ')}`;
  return document.toString();
}

/** @returns null where Azure Load Testing measures no such thing */
function failureOf({ aggregate, metric, operator, threshold }: Criterion): string | null {
  const name = azureMetric(aggregate, metric);
  if (name === null) return null;
  return `${aggregate}(${name}) ${operator.startsWith('<') ? '>' : '<'} ${threshold}`;
}

function azureMetric(aggregate: string, metric: Criterion['metric']): string | null {
  if (metric === 'response_time') return 'response_time_ms';
  if (metric === 'errors') return aggregate === 'percentage' ? 'error' : null;
  return metric;
}

/** 2 to 50 of `[a-z0-9_-]`. */
function testId(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
  return id.length >= 2 ? id : `aos-${id}`.replace(/-$/, '');
}
