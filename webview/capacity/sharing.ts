import { formatDollars, formatFigure } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { h } from '../ui/elements.ts';

/** One GPU per adapter against LoRAX, GPU cost only, and what the guide says of it. */
export function createSharing({ savings: { gpu } }: ShownPlan): HTMLElement {
  const most = Math.max(gpu.without.amount, gpu.with.amount);
  const [low, high] = gpu.guide_saving.map(formatDollars) as [string, string];
  const guide = t('Guide: {0} ({1} %).', `${low}–${high.replace('$', '')}`, gpu.guide_percent.join('–'));
  return h(
    'section',
    {},
    h('h2', { text: t('What sharing the GPU saves') }),
    bar(t('One GPU per adapter'), gpu.gpus_without, gpu.without.amount, most, 'without'),
    bar(t('LoRAX, this plan'), gpu.gpus_with, gpu.with.amount, most, 'with'),
    h(
      'p',
      {},
      ...(gpu.saving === null || gpu.percent === null
        ? [t('Saves nothing that could be counted.')]
        : [
            `${t('Saves')} `,
            h('strong', { text: t('{0} a month ({1} %)', formatDollars(gpu.saving), formatShare(gpu.percent)) }),
            `, ${t('GPU cost only.')}`,
          ]),
      ' ',
      h('span', { class: 'quiet-text', text: guide }),
    ),
  );
}

const formatShare = (percent: number) => (Number.isInteger(percent) ? String(percent) : formatFigure(percent));

function bar(label: string, gpus: number, amount: number, most: number, kind: string): HTMLElement {
  const track = h('div', { class: 'sharing-bar', attributes: { 'aria-hidden': 'true' } }, h('span', { class: kind }));
  (track.firstElementChild as HTMLElement).style.width = `${most === 0 ? 0 : (amount / most) * 100}%`;
  return h(
    'div',
    { class: 'sharing' },
    h('span', { text: label }),
    h('strong', { text: formatPlural(gpus, 'GPU') }),
    h('strong', { class: 'number', text: formatDollars(amount) }),
    track,
  );
}
