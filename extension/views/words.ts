import type { AgentState, ReplicaView } from '../../runtime/contracts/http.ts';
import type { Priority } from '../../runtime/contracts/ids.ts';
import { t } from '../l10n.ts';

export function stateWord(state: AgentState | ReplicaView['state']): string {
  return {
    running: t('running'),
    asleep: t('asleep'),
    failed: t('failed'),
    stopped: t('stopped'),
    draining: t('draining'),
  }[state];
}

export function laneWord(lane: Priority): string {
  return { critical: t('critical'), normal: t('normal') }[lane];
}
