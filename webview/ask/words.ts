import type { AgentState } from '../../runtime/contracts/http.ts';
import type { Priority } from '../../runtime/contracts/ids.ts';
import { t } from '../l10n.ts';

export function laneWord(lane: Priority): string {
  return { critical: t('critical'), normal: t('normal') }[lane];
}

export function stateWord(state: AgentState): string {
  return { running: t('running'), asleep: t('asleep'), failed: t('failed'), stopped: t('stopped') }[state];
}
