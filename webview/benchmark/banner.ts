import type { Measured } from '../../runtime/contracts/benchmark-panel.ts';
import type { Engine } from '../../runtime/contracts/inference.ts';
import { t } from '../l10n.ts';
import { createLink } from '../ui/button.ts';
import { type Child, h, icon } from '../ui/elements.ts';
import { usesModel } from './words.ts';

/** What a simulated engine means for the figures of a scenario; nothing beside a real one. */
export function createBanner(engine: Engine | null, scenario: Measured, useModel: () => void): Child[] {
  if (engine !== 'simulated') return [];
  if (usesModel(scenario) || scenario === 'baseline') {
    return [
      banner('warning', t('No model is running.'), [
        t(
          'Answer times are drawn from a fixed distribution, so these figures test AOS and are never judged as inference.',
        ),
        createLink({ label: t('Use a Model…'), key: 'use-model', onClick: useModel }),
      ]),
    ];
  }
  const text = t('Its figures are measured, although this runtime’s engine is simulated.');
  return [banner('info', t('This scenario uses no model.'), [text])];
}

function banner(kind: 'warning' | 'info', title: string, [text, link]: [string, HTMLElement?]): HTMLElement {
  return h(
    'div',
    { class: `note banner ${kind}`, attributes: { role: 'note' } },
    icon(kind),
    h('span', { class: 'banner-text' }, h('strong', { text: title }), ` ${text}`),
    link,
  );
}
