import type { AskAgent } from '../../runtime/contracts/ask-panel.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { createDropdown } from '../ui/dropdown.ts';
import { h } from '../ui/elements.ts';
import { createEngineBadge } from '../ui/engine-badge.ts';
import { createSegmented } from '../ui/segmented.ts';
import type { AskModel, Mode } from './model.ts';
import { laneWord, stateWord } from './words.ts';

export interface Header {
  readonly element: HTMLElement;
  update(model: AskModel): void;
}

export interface HeaderActions {
  select(agentId: string): void;
  setMode(mode: Mode): void;
  export(): void;
  clear(): void;
}

/** Title, agent, mode, engine, Export and Clear. */
export function createHeader(actions: HeaderActions): Header {
  const agents = createDropdown({ label: t('Agent'), onChange: actions.select });
  const mode = createSegmented<Mode>({
    label: t('How to ask'),
    segments: [
      { value: 'agent', label: t('One agent') },
      { value: 'compare', label: t('Compare adapters') },
    ],
    onChange: actions.setMode,
  });
  const badge = createEngineBadge();
  const exportButton = createButton({
    label: t('Export the Exchanges…'),
    appearance: 'icon',
    icon: 'export',
    onClick: actions.export,
  });
  const clearButton = createButton({
    label: t('Clear the History…'),
    appearance: 'icon',
    icon: 'clear-all',
    onClick: actions.clear,
  });
  const element = h(
    'header',
    { class: 'bar' },
    h('h1', { text: t('Ask') }),
    agents.element,
    mode.element,
    h('span', { class: 'bar-space' }),
    badge.element,
    exportButton.element,
    clearButton.element,
  );
  return {
    element,
    update(model) {
      const { runtime, agentId } = model;
      agents.element.hidden = runtime.agents.length === 0;
      agents.update(
        runtime.agents.map((agent) => ({ value: agent.id, label: agentLabel(agent) })),
        agentId,
      );
      mode.update(model.mode);
      badge.update(runtime.engine, runtime.endpoint);
      const empty = model.exchanges.size + model.comparisons.size === 0 ? t('There are no exchanges yet.') : null;
      exportButton.setDisabled(empty);
      clearButton.setDisabled(empty);
    },
  };
}

/** `ceo · critical`; the normal lane is not named, nor a state in which an agent answers. */
export function agentLabel({ id, priority, state }: AskAgent): string {
  return [
    id,
    priority === 'critical' ? laneWord(priority) : undefined,
    state === 'failed' || state === 'stopped' ? stateWord(state) : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
