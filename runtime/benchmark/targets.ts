import { type Target, targets } from '../contracts/baseline-targets.ts';
import type { BaselineRow, Estimate, Measurement, ScenarioId, Verdict } from '../contracts/benchmark.ts';
import type { Engine } from '../contracts/inference.ts';
import { scenarios } from './scenarios.ts';
import { holdsInterval } from './statistics.ts';

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
    const verdict = verdictOf(measured, target.max_ms);
    if (verdict === 'meets' && !holdsInterval(SHARE[target.statistic], measurement.requests - measurement.errors)) {
      return { ...target, measured, verdict: 'unsure', note: `too few requests to be sure; ${how}` };
    }
    return { ...target, measured, verdict, note: how };
  });
}

const SHARE = { p50: 0.5, p95: 0.95, p99: 0.99 } as const satisfies Record<Target['statistic'], number>;

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
