import { t } from '../l10n.ts';
import { createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import type { KeyFigure } from './figures-facts.ts';
import { createTracesLink } from './traces-link.ts';
import type { NextStep, VerdictFace } from './verdict-facts.ts';

export interface StripActions {
  measureLonger(step: NextStep): void;
  /** Shows the traces of what failed. */
  showErrors(): void;
}

/** A verdict and its figures, or what to do next. */
export function createVerdictStrip(
  verdict: VerdictFace,
  figures: readonly KeyFigure[],
  steps: readonly NextStep[],
  actions: StripActions,
): HTMLElement[] {
  return [
    h(
      'div',
      { class: 'verdict' },
      h(
        'span',
        { class: `tone verdict-icon ${verdict.tone}` },
        // It does not turn: a frame for each step of that takes more of the processor than all else in the panel.
        icon(verdict.icon),
      ),
      h(
        'div',
        {},
        h('div', { class: 'verdict-title', text: verdict.title }),
        h('div', { class: 'small', text: verdict.detail }),
      ),
    ),
    ...figures.map((figure) => createFigure(figure, actions)),
    ...(steps.length === 0 ? [] : [createSteps(steps, actions)]),
  ];
}

function createFigure(
  { label, title, value, unit, note, bad, noTraces }: KeyFigure,
  { showErrors }: StripActions,
): HTMLElement {
  return h(
    'div',
    { class: 'figure', ...(title === undefined ? {} : { title }) },
    h('div', { class: 'small', text: label }),
    h(
      'div',
      { class: bad ? 'figure-value bad' : 'figure-value' },
      value,
      h('span', { class: 'small', text: unit === '' ? '' : ` ${unit}` }),
    ),
    h('div', { class: 'small', text: note }),
    noTraces !== undefined && createTracesLink('errors', noTraces, showErrors),
  );
}

function createSteps(steps: readonly NextStep[], { measureLonger }: StripActions): HTMLElement {
  return h(
    'div',
    { class: 'figure steps' },
    h('div', { class: 'small', text: t('Next step') }),
    ...steps.map((step) =>
      h(
        'div',
        {},
        `${step.finding} `,
        step.longer.length > 0 &&
          createLink({
            label: step.longer.length === 1 ? t('Measure it for longer') : t('Measure these for longer'),
            key: 'longer',
            onClick: () => measureLonger(step),
          }),
      ),
    ),
  );
}
