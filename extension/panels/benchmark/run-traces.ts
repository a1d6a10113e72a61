import type { BenchmarkResult, ScenarioId } from '../../../runtime/contracts/benchmark.ts';
import {
  type BenchmarkRun,
  leavesTraces,
  type NoTraces,
  type TracesKind,
} from '../../../runtime/contracts/benchmark-panel.ts';
import type { SpanView, TracesQuery } from '../../../runtime/contracts/http.ts';
import { messageOf } from '../../client/runtime-error.ts';
import { t } from '../../l10n.ts';

/** A runtime forgets older spans. */
const KEPT_MS = 86_400_000;
const LIMIT = 1000;
const WRITTEN_WITHIN_MS = 1000;

/** The span that lasts as long as the request; an agent's start has none: its trace as a whole lasts so long. */
const REQUEST_SPANS: Partial<Record<ScenarioId, string>> = {
  'inference-cached': 'POST /api/agent_infer',
  'inference-uncached': 'POST /api/agent_infer',
};

/** What finds the traces of a measurement: those of its time, the slowest or the failed ones. @throws Error if there is none */
export function tracesOf(result: BenchmarkResult, scenario: ScenarioId, kind: TracesKind): TracesQuery {
  const measurement = result.measurements.find((one) => one.scenario === scenario);
  if (!measurement) throw new Error(t('This run has not measured that.'));
  const since = Date.parse(measurement.started_at ?? result.started_at);
  return queryOf(scenario, kind, since, since + measurement.seconds * 1000);
}

/** The same of the run that goes on. @throws Error if none measures now */
export function tracesOfRun(run: BenchmarkRun, kind: TracesKind, now: number): TracesQuery {
  const progress = run.kind === 'running' ? run.progress : null;
  if (progress?.phase !== 'measure') throw new Error(t('Nothing is being measured now.'));
  return queryOf(progress.scenario, kind, now - progress.elapsed_s * 1000, now);
}

function queryOf(scenario: ScenarioId, kind: TracesKind, sinceMs: number, untilMs: number): TracesQuery {
  const time = { since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() };
  const which =
    kind === 'errors' ? ({ status: 'error' } as const) : ({ order: 'slowest', name: REQUEST_SPANS[scenario] } as const);
  return { ...time, ...which, limit: LIMIT };
}

/**
 * Why the traces of a measurement cannot be shown.
 * @param at.spans asks the runtime that was measured
 * @param at.pause resolves after so many milliseconds
 */
export async function noTracesOf(
  result: BenchmarkResult,
  scenario: ScenarioId,
  at: { spans(query: TracesQuery): Promise<readonly SpanView[]>; now: number; pause(ms: number): Promise<void> },
): Promise<NoTraces> {
  const reason = async (kind: TracesKind) => {
    const query = tracesOf(result, scenario, kind);
    if (!leavesTraces(scenario)) return t('The runtime has no traces of what this scenario asks for.');
    if (Date.parse(query.until ?? '') < at.now - KEPT_MS)
      return t('Traces are kept for a day. Those of this run are gone.');
    try {
      const isKept = async () => (await at.spans({ ...query, limit: 1 })).length > 0;
      if (await isKept()) return null;
      // Those of a run that has just ended may not be written yet.
      await at.pause(WRITTEN_WITHIN_MS);
      return (await isKept())
        ? null
        : t('No trace of these was recorded: they were not sampled, or did not reach the runtime.');
    } catch (error) {
      return messageOf(error);
    }
  };
  return { slow: await reason('slow'), errors: await reason('errors') };
}
