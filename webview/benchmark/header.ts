import type { BenchmarkTarget } from '../../runtime/contracts/benchmark-panel.ts';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { type Child, h, icon } from '../ui/elements.ts';
import { Slot } from '../ui/slot.ts';

export interface HeaderActions {
  pickTarget(): void;
  export(): void;
}

export interface Header {
  readonly element: HTMLElement;
  update(target: BenchmarkTarget, state: { running: boolean; hasResult: boolean }): void;
}

/** What is measured, and whether its figures deserve belief. */
export function createHeader(actions: HeaderActions): Header {
  const local = targetButton('vm', actions.pickTarget);
  const remote = targetButton('cloud', actions.pickTarget);
  const facts = new Slot(h('span', { class: 'target-facts' }));
  const exportButton = createButton({ label: t('Export…'), appearance: 'secondary', onClick: actions.export });
  const element = h('header', { class: 'bar' }, local.element, remote.element, facts.element, exportButton.element);
  return {
    element,
    update(target, { running, hasResult }) {
      const isLocal = target.kind === 'local';
      local.element.hidden = !isLocal;
      remote.element.hidden = isLocal;
      const button = isLocal ? local : remote;
      button.setLabel(target.name);
      button.setDisabled(running ? t('A benchmark is running.') : null);
      facts.show([target.address, target.replicas, target.engine, target.model], () => [
        h('span', { class: 'quiet-text address', text: addressText(target) }),
        engineBadge(target),
      ]);
      exportButton.setDisabled(hasResult ? null : t('There is no result yet.'));
    },
  };
}

const targetButton = (name: string, onClick: () => void) =>
  createButton({ label: '', appearance: 'secondary', icon: name, opensList: true, onClick });

function addressText({ address, replicas }: BenchmarkTarget): string {
  return [address, replicas > 0 && formatPlural(replicas, 'replica')].filter(Boolean).join(' · ');
}

/** A simulated engine is never to be overlooked. */
function engineBadge({ engine, model }: BenchmarkTarget): Child {
  switch (engine) {
    case null:
      return undefined;
    case 'simulated':
      return h('span', { class: 'badge simulated loud' }, icon('beaker'), t('SIMULATED ENGINE'));
    case 'llama':
      return h('span', { class: 'badge' }, icon('chip'), t('llama · {0} · CPU', model));
    case 'remote':
      return h('span', { class: 'badge' }, icon('chip'), model === '' ? t('Remote engine') : model);
  }
}
