import type { ResultSummary } from '../../runtime/contracts/results.ts';
import { t } from '../l10n.ts';
import { h } from '../ui/elements.ts';
import { createProgressRing } from '../ui/progress-ring.ts';
import { Slot } from '../ui/slot.ts';
import { type Compared, createComparison } from './comparison.ts';
import { createRunList, type RunListActions } from './run-list.ts';

export interface HistoryTabState {
  /** Null: not read yet. */
  runs: readonly ResultSummary[] | null;
  /** Whether the target answers: else there is nothing to wait for. */
  answers: boolean;
  /** Id of the run that the Capacity Planner takes its figures from; null: from the newest. */
  plannerRun: string | null;
  /** A and B. */
  chosen: readonly string[];
  compared: Compared | string | null;
}

export interface HistoryTab {
  readonly element: HTMLElement;
  update(state: HistoryTabState): void;
}

/** The runs that the target keeps, and above them two that are compared. */
export function createHistoryTab(actions: RunListActions & { swap(): void }): HistoryTab {
  const comparison = createComparison(actions.swap);
  const list = new Slot(h('section', {}));
  return {
    element: h('div', {}, comparison.element, list.element),
    update({ runs, plannerRun, answers, chosen, compared }) {
      comparison.update(compared);
      const letters = new Map(
        compared === null || typeof compared === 'string'
          ? []
          : [
              [compared.before.id, 'A'],
              [compared.after.id, 'B'],
            ],
      );
      list.show([runs, plannerRun, answers, chosen, [...letters]], () => {
        if (!runs)
          return [
            answers
              ? createProgressRing(t('Reading the history'))
              : quiet(t('Nothing answers: the history is kept by the runtime.')),
          ];
        if (runs.length === 0) return [quiet(t('No run has been kept yet. Every run that comes to its end is.'))];
        return [
          h('h2', { text: t('Runs') }),
          ...(runs.length > 1 ? [quiet(t('Choose two to compare them. Enter opens a run.'))] : []),
          createRunList(runs, { chosen, letters, plannerRun }, actions),
        ];
      });
    },
  };
}

const quiet = (text: string) => h('p', { class: 'quiet-text', text });
