import { targets } from '../../runtime/contracts/baseline-targets.ts';
import type { ScenarioId } from '../../runtime/contracts/benchmark.ts';
import type { BenchmarkConfig, BenchmarkLoad, Measured } from '../../runtime/contracts/benchmark-panel.ts';
import { formatCount, formatDuration } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { parseNumber } from '../ui/parse-number.ts';
import { countText, unitOf } from './words.ts';

export type LoadKey = keyof BenchmarkLoad;
export type Loads = Record<ScenarioId, BenchmarkLoad>;

interface Bounds {
  min: number;
  max: number;
  integer: boolean;
}

/** Those of the contract; a rate or duration of 0 is no load. */
const bounds: Record<LoadKey, Bounds> = {
  ratePerS: { min: 0.01, max: 100_000, integer: false },
  durationS: { min: 1, max: 86_400, integer: false },
  warmUpS: { min: 0, max: 3600, integer: false },
  requests: { min: 1, max: 10_000_000, integer: true },
};

export const readLoad = (key: LoadKey, text: string): number | undefined => parseNumber(text, bounds[key]);

/** What the field takes: `0.01 to 100,000`. */
export function allowedText(key: LoadKey): string {
  const { min, max } = bounds[key];
  return t('{0} to {1}', min < 1 ? String(min) : formatCount(min), formatCount(max));
}

/** The fields that count for this load; the baseline has loads of its own. */
export function loadKeys({ scenario, mode }: BenchmarkConfig): LoadKey[] {
  if (scenario === 'baseline') return [];
  return mode === 'serial' ? ['requests'] : ['ratePerS', 'durationS', 'warmUpS'];
}

export function loadLabel(key: LoadKey, scenario: Measured): string {
  switch (key) {
    case 'ratePerS':
      return t('Rate ({0}/s)', unitOf(scenario));
    case 'durationS':
      return t('Duration (s)');
    case 'warmUpS':
      return t('Warm-up (s)');
    case 'requests':
      return t('Requests');
  }
}

/** Another scenario bears another load. */
export function withScenario(config: BenchmarkConfig, scenario: Measured, loads: Loads): BenchmarkConfig {
  if (scenario === config.scenario) return config;
  return { ...config, ...(scenario === 'baseline' ? {} : loads[scenario]), scenario };
}

export function plannedRequests({ mode, requests, ratePerS, durationS }: BenchmarkConfig): number {
  return mode === 'serial' ? requests : Math.round(ratePerS * durationS);
}

/** The loads of the command line, one after the other, with the checks of the generator before them and the claims after. */
const BASELINE_S = 180;

/** How long a run takes about; null: a serial one takes as long as the answers take. */
export function aboutSeconds({ scenario, mode, durationS, warmUpS }: BenchmarkConfig): number | null {
  if (scenario === 'baseline') return BASELINE_S;
  return mode === 'serial' ? null : durationS + warmUpS;
}

export const baselineTime = (): string => formatDuration(BASELINE_S * 1000);

/** What stands behind the fields: `= 1,000 requests`. */
export function plannedText(config: BenchmarkConfig): string {
  if (config.scenario === 'baseline') return t('= {0} targets, about {1}', targets.length, baselineTime());
  return t('= {0}', countText(config.scenario, plannedRequests(config)));
}
