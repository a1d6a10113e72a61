import { createButton } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import { actionLabel, type BoxAction, type StateBox } from './state-box-facts.ts';

/** What stands in the place of a result. The first button is the primary one where it is better than Run. */
export function createStateBox(box: StateBox, part: boolean, act: (action: BoxAction) => void): HTMLElement {
  const buttons = box.actions.map((action, index) =>
    createButton({
      label: actionLabel(action, part),
      appearance: box.primary && index === 0 ? 'primary' : 'secondary',
      key: action.kind,
      onClick: () => act(action),
    }),
  );
  return h(
    'div',
    { class: 'state-box', attributes: { role: box.tone === 'quiet' ? 'status' : 'alert' } },
    h('span', { class: `tone state-icon ${box.tone}` }, icon(box.icon, { spin: box.icon === 'loading' })),
    h('h2', { text: box.title }),
    box.text !== '' && h('p', { text: box.text }),
    box.quiet !== '' && h('p', { class: 'quiet-text', text: box.quiet }),
    h('div', { class: 'state-actions' }, ...buttons.map(({ element }) => element)),
  );
}
