import { type BenchmarkResult, GUIDE_CAVEAT } from '../../runtime/contracts/benchmark.ts';
import { t } from '../l10n.ts';
import { h, icon } from '../ui/elements.ts';
import { Slot } from '../ui/slot.ts';
import { conditionRows, conditionsLine, differenceText } from './conditions-facts.ts';

export interface ConditionsPart {
  readonly element: HTMLElement;
  /** @param result null: there is none, and nothing is shown */
  update(result: BenchmarkResult | null): void;
}

/** Under which conditions the figures came about, beside those of the guide; closed until someone opens it. */
export function createConditions(open: boolean, onToggle: (open: boolean) => void): ConditionsPart {
  const summary = new Slot(h('summary', {}));
  const body = new Slot(h('div', { class: 'conditions-body' }));
  const element = h('details', { class: 'conditions' }, summary.element, body.element);
  element.open = open;
  element.addEventListener('toggle', () => onToggle(element.open));
  return {
    element,
    update(result) {
      element.hidden = result === null;
      if (!result) return;
      const { conditions, notes } = result;
      summary.show(conditions, () => [
        icon('chevron-right'),
        h(
          'span',
          {},
          h('span', { class: 'quiet-text', text: t('Measured on') }),
          ` ${conditionsLine(conditions)} `,
          h('span', { class: 'quiet-text', text: differenceText(conditions) }),
        ),
      ]);
      body.show([conditions, notes], () => [
        h(
          'table',
          {},
          h('thead', {}, h('tr', {}, ...[t('Condition'), t('This run'), t('Guide')].map(columnHead))),
          h(
            'tbody',
            {},
            ...conditionRows(conditions).map(({ label, value, guide }) =>
              h(
                'tr',
                {},
                h('th', { text: label, attributes: { scope: 'row' } }),
                h('td', { text: value }),
                h('td', { class: 'quiet-text', text: guide }),
              ),
            ),
          ),
        ),
        ...[...notes.filter((note) => note !== GUIDE_CAVEAT), GUIDE_CAVEAT].map((text) =>
          h('p', { class: 'small', text }),
        ),
      ]);
    },
  };
}

const columnHead = (text: string) => h('th', { text, attributes: { scope: 'col' } });
