import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runBenchmark } from '../../runtime/benchmark/run-benchmark.ts';
import { runLoadTest } from '../../runtime/benchmark/run-load-test.ts';
import { parseTestPlan } from '../../runtime/benchmark/test-plan.ts';
import { serviceClaims } from '../../runtime/commands/bench-claims.ts';
import { serviceOperations } from '../../runtime/commands/bench-services.ts';
import { type ScenarioId, scenarioSchema } from '../../runtime/contracts/benchmark.ts';
import type { SpanView } from '../../runtime/contracts/http.ts';
import { BOARDROOM, useSystem } from './support/system.ts';

/** Whether the machine of a test is quiet is not what is tested. */
const noCheck = async () => ({ schedule_error_p99_ms: 0, late: 0, late_share: 0, kept_rate_per_s: 1 });

describe('benchmark and load test of a running system', () => {
  it('measures every row that can be measured, and leaves the simulated engine unjudged', async () => {
    const { ready, api } = await useSystem(BOARDROOM, ['--memory', '--engine', 'simulated']);
    // The workspace's own prompts: 10 questions, each asked twice.
    for (let i = 0; i < 20; i++) {
      await api('POST', '/api/agent_infer', { agent_id: 'ceo', prompt: `Question ${i % 10}` });
    }
    const result = await runBenchmark({
      url: ready.http,
      token: ready.token,
      operations: serviceOperations(ready),
      claims: serviceClaims(ready),
      load: { mode: 'open', rate_per_s: 4, duration_s: 1.5, warm_up_s: 0.5 },
      check: noCheck,
    });
    expect(result.measurements.map(({ scenario, errors, requests }) => [scenario, requests, errors])).toEqual(
      scenarioSchema.options.map((scenario) => [scenario, 6, 0]),
    );
    const measured = Object.fromEntries(result.measurements.map((measurement) => [measurement.scenario, measurement]));
    expect(measured['inference-cached']?.cache).toEqual({ exact: 6, semantic: 0, none: 0 });
    expect(measured['inference-uncached']?.cache).toEqual({ exact: 0, semantic: 0, none: 6 });
    expect(measured['inference-uncached']?.tokens_per_s).toBeGreaterThan(0);
    expect(measured['inference-uncached']?.first_token?.p50_ms).toBeGreaterThan(0);
    // What is not the model's is little of a model's answer, and all of one of the cache.
    const share = (scenario: ScenarioId) =>
      (measured[scenario]?.outside_model?.p50_ms ?? Number.NaN) / (measured[scenario]?.latency?.p50.value ?? 0);
    expect(share('inference-uncached')).toBeLessThan(0.5);
    expect(share('inference-cached')).toBeCloseTo(1, 1);
    expect(measured['message-latency']?.queue?.longest).toBeGreaterThan(0);
    expect(measured['agent-start']?.latency?.max_ms).toBeLessThan(30_000);

    // Its requests are found again by its time, the slowest first.
    const { started_at, seconds } = measured['inference-uncached']!;
    const until = new Date(Date.parse(started_at!) + seconds * 1000).toISOString();
    const query = new URLSearchParams({ since: started_at!, until, name: 'POST /api/agent_infer', order: 'slowest' });
    const durations = (await api('GET', `/api/traces?${query}`)).body.map((span: SpanView) => span.duration_ms);
    expect(durations).toHaveLength(6);
    expect(durations).toEqual(durations.toSorted((a: number, b: number) => b - a));

    const verdicts = Object.fromEntries(result.baseline.map(({ id, verdict }) => [id, verdict]));
    expect([verdicts.R5, verdicts.R6]).toEqual(['not_judged', 'not_judged']);
    expect(Object.values(verdicts)).not.toContain('not_measured');
    // Each step is one write to storage at least.
    expect(measured['workflow-step']?.latency?.min_ms).toBeGreaterThan(0);
    const claims = Object.fromEntries(result.claims.map(({ id, measured: value }) => [id, value]));
    expect(claims.batch_upsert).toBeGreaterThan(1);
    expect(claims.batch_receive).toBeGreaterThan(1);
    expect(claims.cache).toBe(50);
    expect(result.conditions).toMatchObject({ engine: 'simulated', network: 'loopback', replicas: 2 });
    expect(result.notes[0]).toContain('say nothing about a GPU');
  });

  it('runs the guide’s loop and prints its report', async () => {
    const { ready, api } = await useSystem(BOARDROOM, ['--memory', '--engine', 'simulated', '--replicas', '1']);
    const { measurements } = await runBenchmark({
      ...{ url: ready.http, token: ready.token },
      scenarios: ['authentication'],
      load: { mode: 'serial', requests: 30 },
    });
    expect(measurements[0]?.guide_report).toMatch(
      /^Results for 30 requests:\n {2}Mean: \d+\.\d\dms\n {2}Median: \d+\.\d\dms\n {2}P95: \d+\.\d\dms\n {2}P99: \d+\.\d\dms\n {2}StdDev: \d+\.\d\dms$/,
    );

    const plan = parseTestPlan(await readFile(path.join(BOARDROOM, 'test-plan.yaml'), 'utf8'));
    const items = plan.items.map((item) => ({ ...item, threads: 4 }));
    const result = await runLoadTest({ ...plan, items }, { baseUrl: ready.http, token: ready.token, durationS: 3 });
    expect(result.criteria.map(({ text, actual }) => [text, typeof actual])).toEqual([
      ['avg(response_time) < 2000', 'number'],
      ['percentage(errors) < 5', 'number'],
      ['max(response_time) < 10000', 'number'],
    ]);
    expect(result.state).toBe('complete');
    expect(result.items.every(({ requests }) => requests > 0)).toBe(true);
    const agents = (await api('GET', '/api/agents')).body.map((agent: { agent_id: string }) => agent.agent_id);
    expect(agents).toContain('test_agent_1');

    const wrong = runBenchmark({ url: ready.http, token: 'nonsense', scenarios: ['authentication'] });
    await expect(wrong).rejects.toMatchObject({ code: 'AOS_UNAUTHORIZED' });
  });
});
