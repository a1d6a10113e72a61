import type { RunningBenchmark } from '../../../runtime/contracts/benchmark-panel.ts';
import { formatCount, formatDuration } from '../../../runtime/contracts/units.ts';
import { t } from '../../l10n.ts';

/** One line for a notification. */
export function progressText({ progress, cancelling }: RunningBenchmark): string {
  if (cancelling) return t('Cancelling…');
  if (!progress || progress.phase === 'check') return t('Checking that this machine keeps the rate');
  const left = progress.remaining_s === null ? '' : formatDuration(progress.remaining_s * 1000, { decimals: 0 });
  if (progress.phase === 'warm_up') return t('Warming up, {0} left', left);
  const done = t('{0} of {1} requests', formatCount(progress.done), formatCount(progress.planned));
  return left === '' ? done : t('{0} · {1} left', done, left);
}
