import type { CapacityState } from '../../runtime/contracts/capacity-panel.ts';
import { formatDay } from '../../runtime/contracts/figures.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import { blockingOf } from './advice-list.ts';

export interface HeaderActions {
  choosePlan(): void;
  compare(): void;
  stopComparing(): void;
  useBenchmark(): void;
  refreshPrices(): void;
  useForDeployment(): void;
}

export interface Header {
  readonly element: HTMLElement;
  update(state: CapacityState): void;
}

/** Plan, compare, benchmark; the date of the prices; and what the plan is for. */
export function createHeader(actions: HeaderActions): Header {
  let comparing = false;
  const plan = createButton({
    ...{ label: '', appearance: 'secondary', icon: 'layers', opensList: true },
    onClick: actions.choosePlan,
  });
  const compare = createButton({
    ...{ label: t('Compare…'), appearance: 'secondary' },
    onClick: () => (comparing ? actions.stopComparing() : actions.compare()),
  });
  const benchmark = createButton({
    ...{ label: t('Use My Last Benchmark'), appearance: 'secondary' },
    onClick: actions.useBenchmark,
  });
  const prices = h('span', { class: 'prices' });
  const refresh = createLink({ label: t('Refresh'), key: 'refresh', onClick: actions.refreshPrices });
  const deploy = createButton({
    ...{ label: t('Use for Deployment…'), appearance: 'primary' },
    onClick: actions.useForDeployment,
  });
  const element = h(
    'header',
    { class: 'bar' },
    h('span', { class: 'bar-start' }, plan.element, compare.element, benchmark.element),
    h('span', { class: 'bar-end' }, prices, deploy.element),
  );
  return {
    element,
    update(state) {
      const { plan: a, comparing: beside, noBenchmark } = state;
      const b = beside?.plan;
      comparing = b !== undefined;
      plan.setLabel(b ? t('Plans {0} and {1}', a.letter, b.letter) : t('Plan {0}: {1}', a.letter, a.name));
      compare.setLabel(comparing ? t('Stop Comparing') : t('Compare…'));
      benchmark.setDisabled(noBenchmark);
      prices.replaceChildren(
        ...pricesText(state.prices),
        state.prices.refreshing ? icon('loading', { spin: true }) : refresh,
      );
      const { first } = blockingOf(b ?? a);
      deploy.setLabel(b ? t('Use {0} for Deployment…', b.letter) : t('Use for Deployment…'));
      // The best next step is the one primary button: a fix, or to go on with one of two plans.
      deploy.setAppearance(first || comparing ? 'secondary' : 'primary');
      deploy.setDisabled(first ? `${first.finding} ${first.why}` : null);
    },
  };
}

function pricesText({ asOf, region, stale }: CapacityState['prices']): (Node | string)[] {
  const text = asOf === null ? t('No prices yet, {0}', region) : t('Prices of {0}, {1}', formatDay(asOf), region);
  if (!stale) return [text, ' '];
  const warning = icon('warning');
  warning.classList.add('warning');
  warning.title = t('These prices are old. Refresh asks Azure for today’s.');
  return [warning, ` ${text} `];
}
