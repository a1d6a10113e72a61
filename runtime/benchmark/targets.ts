import type { BaselineRow, Estimate, Measurement, ScenarioId, Verdict } from '../contracts/benchmark.ts';
import type { Engine } from '../contracts/inference.ts';
import { scenarios } from './scenarios.ts';

type Target = Pick<BaselineRow, 'id' | 'metric' | 'target' | 'scenario' | 'statistic' | 'max_ms'>;

/**
 * The guide's baseline table (R1–R9). Where the guide names no statistic, P95 stands for "< x" and the median for "1–3 s"
 * and for the few starts of agents. An answer faster than 1–3 s meets it.
 */
export const targets: readonly Target[] = [
  row('R1', 'Agent startup time', '< 2 s', 'agent-start', 'p50', 2000),
  row('R2', 'Message latency (p50)', '< 50 ms', 'message-latency', 'p50', 50),
  row('R3', 'Message latency (p95)', '< 100 ms', 'message-latency', 'p95', 100),
  row('R4', 'Message latency (p99)', '< 200 ms', 'message-latency', 'p99', 200),
  row('R5', 'ML inference (cached)', '< 50 ms', 'inference-cached', 'p95', 50),
  row('R6', 'ML inference (uncached)', '1–3 s', 'inference-uncached', 'p50', 3000),
  row('R7', 'Storage operations', '< 50 ms', 'storage', 'p95', 50),
  row('R8', 'Authentication', '< 200 ms', 'authentication', 'p95', 200),
  row('R9', 'Workflow orchestration overhead', '< 10 ms per step', 'workflow-step', 'p95', 10),
];

function row(
  id: string,
  metric: string,
  target: string,
  scenario: ScenarioId,
  statistic: Target['statistic'],
  max_ms: number,
): Target {
  return { id, metric, target, scenario, statistic, max_ms };
}

/**
 * The table, with what was measured beside each target.
 * @param unmeasured why a scenario was not measured, where that is known
 */
export function judgeBaseline(options: {
  measurements: readonly Measurement[];
  engine: Engine;
  unmeasured: Partial<Record<ScenarioId, string>>;
}): BaselineRow[] {
  return targets.map((target) => {
    const measurement = options.measurements.find(({ scenario }) => scenario === target.scenario);
    const measured = measurement?.latency?.[target.statistic] ?? null;
    if (!measurement || !measured) {
      const note = measurement?.reason ?? options.unmeasured[target.scenario] ?? 'not asked for';
      return { ...target, measured: null, verdict: 'not_measured', note };
    }
    const reason = notJudged(measurement, options.engine);
    const how = `${target.statistic} of: ${measurement.how}`;
    if (reason) return { ...target, measured, verdict: 'not_judged', note: `${reason}; ${how}` };
    return { ...target, measured, verdict: verdictOf(measured, target.max_ms), note: how };
  });
}

/** The whole interval has to lie on one side of the target. */
function verdictOf({ low, high }: Estimate, maxMs: number): Verdict {
  if (high < maxMs) return 'meets';
  return low >= maxMs ? 'misses' : 'unsure';
}

function notJudged({ scenario, state, reason, errors, requests }: Measurement, engine: Engine): string | null {
  const usesModel = scenarios.some(({ id, usesModel }) => id === scenario && usesModel);
  if (usesModel && engine === 'simulated') return 'simulated engine: its times say nothing about a GPU';
  if (state !== 'complete') return reason ?? state;
  // Failed requests are outside the percentiles: those of the few that were answered are no measure.
  return errors > requests / 2 ? 'most requests failed' : null;
}
