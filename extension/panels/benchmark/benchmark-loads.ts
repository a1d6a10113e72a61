import type { ScenarioId } from '../../../runtime/contracts/benchmark.ts';
import type { BenchmarkConfig, BenchmarkLoad, BenchmarkPlan } from '../../../runtime/contracts/benchmark-panel.ts';
import type { LoadChoice, MeasuringJob } from '../../../runtime/contracts/benchmark-process.ts';

/** What the settings say. */
export interface LoadSettings {
  /** Of a serial run; with the rate, the duration of an open one. */
  requests: number;
  warmUpS: number;
  /** Requests a second that go to the model. */
  ratePerS: number;
}

/** A scenario without a model bears more; an agent starts seldom. */
const OWN_RATES: Partial<Record<ScenarioId, number>> = {
  'agent-start': 1,
  'message-latency': 200,
  storage: 100,
  authentication: 200,
  'workflow-step': 10,
};
const OWN_DURATION_S = 60;
/** Agents that were started stay: as many as the guide measures. */
const AGENT_STARTS = 20;

/** What each scenario is asked for where nothing else is said. */
export function suggestedLoads({ requests, warmUpS, ratePerS }: LoadSettings): Record<ScenarioId, BenchmarkLoad> {
  const load = (scenario: ScenarioId): BenchmarkLoad => {
    const own = OWN_RATES[scenario];
    const rate = own ?? ratePerS;
    const durationS = own === undefined ? Math.max(1, Math.round(requests / rate)) : OWN_DURATION_S;
    return { ratePerS: rate, durationS, warmUpS, requests };
  };
  return {
    'agent-start': { ratePerS: 1, durationS: AGENT_STARTS, warmUpS: 0, requests: AGENT_STARTS },
    'message-latency': load('message-latency'),
    'inference-cached': load('inference-cached'),
    'inference-uncached': load('inference-uncached'),
    storage: load('storage'),
    authentication: load('authentication'),
    'workflow-step': load('workflow-step'),
  };
}

/** A row of the baseline that is unsure is measured for so long. */
const LONGER_S = 120;

export interface JobTarget {
  target: { url: string; token: string };
  services: { serviceBus: string; storage: string } | null;
  folder: string | null;
}

/** What the process that measures is told. */
export function measuringJob({ config, longer }: BenchmarkPlan, at: JobTarget, historyLimit: number): MeasuringJob {
  return {
    kind: 'benchmark',
    target: at.target,
    services: at.services,
    folder: at.folder,
    scenarios: longer ?? (config.scenario === 'baseline' ? null : [config.scenario]),
    agent_id: config.agentId,
    load: longer ? { mode: 'open', duration_s: LONGER_S } : loadOf(config),
    history_limit: historyLimit,
  };
}

/** The scenarios of the baseline have loads of their own. */
function loadOf({ scenario, mode, ratePerS, durationS, warmUpS, requests }: BenchmarkConfig): LoadChoice {
  if (scenario === 'baseline') return { mode: 'open' };
  if (mode === 'serial') return { mode: 'serial', requests };
  return { mode: 'open', rate_per_s: ratePerS, duration_s: durationS, warm_up_s: warmUpS };
}
