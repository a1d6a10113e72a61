import type { Operation } from '../../runtime/contracts/deploy-process.ts';
import { formatDuration } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';

type State = Operation['state'];

const ORDER: Record<State, number> = { failed: 0, running: 1, cancelled: 2, waiting: 3, succeeded: 4 };

/** Failed first, then what runs, what waits, what is done. */
export function sortOperations(operations: readonly Operation[]): Operation[] {
  return operations.toSorted((a, b) => ORDER[a.state] - ORDER[b.state]);
}

export interface OperationCounts {
  failed: number;
  running: number;
  waiting: number;
  done: number;
}

export function countOperations(operations: readonly Operation[]): OperationCounts {
  const count = (...states: State[]) => operations.filter(({ state }) => states.includes(state)).length;
  return {
    failed: count('failed'),
    running: count('running'),
    waiting: count('waiting', 'cancelled'),
    done: count('succeeded'),
  };
}

export const ICONS: Record<State, string> = {
  waiting: 'circle-outline',
  running: 'sync',
  succeeded: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
};

/** @param deleting the resources go instead of coming */
export function stateText({ state, error }: Operation, { deleting }: { deleting: boolean }): string {
  switch (state) {
    case 'waiting':
      return t('not started');
    case 'running':
      return deleting ? t('being deleted') : t('being deployed');
    case 'succeeded':
      return deleting ? t('deleted') : t('done');
    case 'cancelled':
      return t('cancelled');
    case 'failed':
      return error ? t('failed: {0}', error.code) : t('failed');
  }
}

export function timeText({ seconds }: Operation): string {
  return seconds === null ? '–' : formatDuration(seconds * 1000, { decimals: 0 });
}
