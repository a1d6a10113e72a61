import type { TracesKind } from '../../runtime/contracts/benchmark-panel.ts';
import { t } from '../l10n.ts';
import { createLink } from '../ui/button.ts';

/** Leads from figures to the requests behind them. @param why they cannot be shown; null: they can */
export function createTracesLink(kind: TracesKind, why: string | null, onClick: () => void): HTMLElement {
  return createLink({ label: t('Show these in Traces'), key: `traces-${kind}`, disabled: why, onClick });
}
