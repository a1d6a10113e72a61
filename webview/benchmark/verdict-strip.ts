import { t } from '../l10n.ts';
import { createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import type { KeyFigure } from './figures-facts.ts';
import type { NextStep, VerdictFace } from './verdict-facts.ts';

/** A verdict and its figures, or what to do next. */
export function createVerdictStrip(
  verdict: VerdictFace,
  figures: readonly KeyFigure[],
  steps: readonly NextStep[],
  measureLonger: (step: NextStep) => void,
): HTMLElement[] {
  return [
    h(
      'div',
      { class: 'verdict' },
      h(
        'span',
        { class: `tone verdict-icon ${verdict.tone}` },
        icon(verdict.icon, { spin: verdict.tone === 'running' }),
      ),
      h(
        'div',
        {},
        h('div', { class: 'verdict-title', text: verdict.title }),
        h('div', { class: 'small', text: verdict.detail }),
      ),
    ),
    ...figures.map(createFigure),
    ...(steps.length === 0 ? [] : [createSteps(steps, measureLonger)]),
  ];
}

function createFigure({ label, value, unit, note, bad }: KeyFigure): HTMLElement {
  return h(
    'div',
    { class: 'figure' },
    h('div', { class: 'small', text: label }),
    h(
      'div',
      { class: bad ? 'figure-value bad' : 'figure-value' },
      value,
      h('span', { class: 'small', text: unit === '' ? '' : ` ${unit}` }),
    ),
    h('div', { class: 'small', text: note }),
  );
}

function createSteps(steps: readonly NextStep[], measureLonger: (step: NextStep) => void): HTMLElement {
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
