import type { ScenarioId } from '../../runtime/contracts/benchmark.ts';
import type { BenchmarkConfig, RunningBenchmark } from '../../runtime/contracts/benchmark-panel.ts';
import { formatCount, formatDuration, formatPercent } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { countText, scenarioName } from './words.ts';

/** The line under the fields: what is done now, how far, and what is known of how it is done. */
export interface ProgressLine {
  title: string;
  text: string;
  quiet: string;
}

export function progressLine({ progress, plan, cancelling }: RunningBenchmark): ProgressLine {
  if (cancelling) return { title: t('Cancelling.'), text: t('What was measured until now stays.'), quiet: '' };
  if (!progress) return { title: t('Starting.'), text: '', quiet: '' };
  const { phase, scenario, index, count, done, planned, remaining_s, late_share } = progress;
  const place = count > 1 ? t('{0} of {1}: {2}', index + 1, count, scenarioName(scenario)) : '';
  const left = remaining_s === null ? '' : formatDuration(remaining_s * 1000, { decimals: 0 });
  if (phase === 'check') return { title: t('Checking that this machine keeps the rate.'), text: place, quiet: '' };
  if (phase === 'warm_up') return { title: t('Warming up, {0} left.', left), text: place, quiet: t('Not counted.') };
  const text = [
    place,
    t('{0} of {1}', formatCount(done), countText(scenario, planned)),
    left === '' ? '' : t('{0} left', left),
  ];
  const quiet = [warmUpText(plan.config, scenario), generatorText(late_share)].filter(Boolean).join(' · ');
  return { title: t('Measuring'), text: text.filter(Boolean).join(' · '), quiet };
}

/** The scenarios of the baseline warm up as they see fit. */
function warmUpText(config: BenchmarkConfig, scenario: ScenarioId): string {
  const { mode, warmUpS } = config;
  if (config.scenario !== scenario || mode === 'serial' || warmUpS === 0) return '';
  return t('warm-up done ({0}, not counted)', formatDuration(warmUpS * 1000, { decimals: 0 }));
}

/** From this share on the figures are refused in the end. */
const MAX_LATE_SHARE = 0.01;

function generatorText(lateShare: number | null): string {
  if (lateShare === null) return '';
  if (lateShare === 0) return t('generator on time');
  const share = formatPercent(lateShare, { decimals: 1 });
  return lateShare > MAX_LATE_SHARE
    ? t('generator late ({0} of the requests)', share)
    : t('generator on time ({0} late)', share);
}
