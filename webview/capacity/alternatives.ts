import { formatDollars, formatFigure } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatCount, formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { h } from '../ui/elements.ts';
import { columnHead, rowHead } from './headline.ts';
import { amountText } from './money-facts.ts';

type Saving = ShownPlan['savings']['lifecycle'] | ShownPlan['savings']['cache'];

/** The guide's other savings, recomputed from the plan. */
export function createOtherSavings({ savings: { cache, lifecycle, sampling }, reservation }: ShownPlan): HTMLElement {
  const row = (label: string, saving: Pick<Saving, 'saving' | 'percent' | 'guide_percent'>, what: string) => {
    const [low, high] = saving.guide_percent;
    return [label, what, savingText(saving.saving, saving.percent), `${low === high ? low : `${low}–${high}`} %`];
  };
  const rows = [
    row(t('Response cache'), cache, `${formatPlural(cache.gpus_without, 'GPU')} → ${formatCount(cache.gpus_with)}`),
    row(
      t('Blob lifecycle'),
      lifecycle,
      t(
        '{0} of {1} GB leave the hot tier',
        formatCount(lifecycle.cool_gb + lifecycle.archive_gb),
        formatCount(lifecycle.hot_gb + lifecycle.cool_gb + lifecycle.archive_gb),
      ),
    ),
    row(
      t('Sampling of traces'),
      sampling,
      `${formatFigure(sampling.full_gb)} → ${formatFigure(sampling.sampled_gb)} GB`,
    ),
    [
      t('Reservation for a year'),
      t('{0} × Standard_D4s_v3', reservation.instances) +
        (reservation.break_even_percent === null
          ? ''
          : `, ${t('pays from {0} % of the hours on', formatFigure(reservation.break_even_percent))}`),
      savingText(reservation.saving, null),
      '',
    ],
  ];
  return textTable([t('Practice'), t('What changes'), t('Saves a month'), t('Guide')], rows);
}

/** Other places for the same replicas, and from what load on paying per execution costs more. */
export function createHosting({ hosting, crossover }: ShownPlan): HTMLElement {
  const rows = hosting.map(({ label, instances, limit, fits, cost, note }) => [
    label,
    t('{0} of {1} instances, {2}', formatCount(instances), formatCount(limit), fits ? t('fits') : t('does not fit')),
    cost ? amountText(cost) : '',
    note,
  ]);
  const text =
    crossover.unknown.length > 0 || crossover.cheaper_now === null
      ? t('Whether consumption or always-on replicas are cheaper is unknown: prices are missing.')
      : crossover.cheaper_now === 'consumption'
        ? t('Paying per execution is cheaper at this load{0}.', crossoverText(crossover.requests_per_hour))
        : t('Replicas that always run are cheaper at this load{0}.', crossoverText(crossover.requests_per_hour));
  return h('div', {}, textTable([t('Place'), t('Fits'), t('Per month'), ''], rows), h('p', { class: 'small', text }));
}

const crossoverText = (requests: number | null) =>
  requests === null ? '' : `; ${t('both cost the same at {0} requests an hour', formatCount(requests))}`;

const savingText = (saving: number | null, percent: number | null) =>
  saving === null ? t('unknown') : `${formatDollars(saving)}${percent === null ? '' : ` (${formatFigure(percent)} %)`}`;

function textTable(heads: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return h(
    'table',
    { class: 'text-table' },
    h('thead', {}, h('tr', {}, ...heads.map((text) => columnHead(text, 'text')))),
    h(
      'tbody',
      {},
      ...rows.map(([first, ...cells]) => h('tr', {}, rowHead(first!), ...cells.map((text) => h('td', { text })))),
    ),
  );
}
