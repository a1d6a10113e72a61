import type { BenchmarkResult, Measurement } from '../../../runtime/contracts/benchmark.ts';

/**
 * The load of a run as the guide's test-plan.yaml, for `aos load` and Azure Load Testing. Such a plan knows threads and no
 * rate: as many as were busy on average (Little's law).
 * @returns undefined for what no HTTP request measures, and for a run of several scenarios
 */
export function testPlanOf({ target, conditions, measurements }: BenchmarkResult, agentId: string): string | undefined {
  const [measurement, ...others] = measurements;
  if (!measurement?.latency || others.length > 0) return undefined;
  if (measurement.scenario !== 'inference-cached' && measurement.scenario !== 'inference-uncached') return undefined;
  const cached = measurement.scenario === 'inference-cached';
  const prompt = cached ? 'Test prompt' : `Test prompt \${__counter}`;
  const body = JSON.stringify({ agent_id: agentId, prompt, ...(cached ? {} : { cache: false }) });
  return `# Made of a run on the ${conditions.engine} engine: ${measurement.how}.
version: v0.1
testName: ${cached ? 'Inference, cached' : 'Inference, uncached'}
testPlan:
  - name: ${cached ? 'Inference, cached' : 'Inference, uncached'}
    type: http
    endpoint: ${target}/api/agent_infer
    method: POST
    body: '${body.replaceAll("'", "''")}'
    threads: ${threadsOf(measurement)}
    duration: ${Math.max(1, Math.round(measurement.seconds))}

successCriteria:
  - p95(response_time) < ${cached ? 50 : 3000}
  - percentage(errors) < 5
`;
}

function threadsOf({ load, throughput_per_s, latency }: Measurement): number {
  if (load.mode === 'serial' || !latency) return 1;
  return Math.max(1, Math.round((throughput_per_s * latency.mean.value) / 1000));
}
