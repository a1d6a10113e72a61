import type { Engine } from '../../runtime/contracts/http.ts';
import { t } from '../l10n.ts';
import { h, icon } from './elements.ts';

export interface EngineBadge {
  readonly element: HTMLElement;
  /** @param endpoint host of the engine's endpoint; @param engine null: nothing is known yet, nothing is shown */
  update(engine: Engine | null, endpoint: string): void;
}

/** What computes the answers. A simulated engine is never to be overlooked. */
export function createEngineBadge(): EngineBadge {
  const element = h('span', { class: 'badge' });
  return {
    element,
    update(engine, endpoint) {
      element.hidden = engine === null;
      element.classList.toggle('simulated', engine === 'simulated');
      if (engine === null) return;
      const face = faceOf(engine, endpoint);
      element.replaceChildren(icon(face.icon), face.text);
      element.title = face.title;
    },
  };
}

function faceOf(engine: Engine, endpoint: string): { icon: string; text: string; title: string } {
  switch (engine) {
    case 'simulated':
      return {
        icon: 'beaker',
        text: t('simulated'),
        title: t('No model is running: answers are made up, and their times are drawn from a fixed distribution.'),
      };
    case 'llama':
      return { icon: 'chip', text: t('llama · this CPU'), title: t('A model runs on this machine.') };
    case 'remote':
      return endpoint === ''
        ? { icon: 'cloud', text: t('remote'), title: t('Answers come from an endpoint of your own.') }
        : { icon: 'cloud', text: endpoint, title: t('Answers come from {0}.', endpoint) };
  }
}
