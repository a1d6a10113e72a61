import { MAX_COMPARED } from '../../runtime/contracts/ask-panel.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import { keepingFocus } from '../ui/keeping-focus.ts';
import { type AskModel, comparedOf } from './model.ts';

export interface ComparePicker {
  readonly element: HTMLElement;
  update(model: AskModel): void;
}

/** The adapters of the next comparison: each can be taken out, others can be added. */
export function createComparePicker(onChange: (adapters: (string | null)[]) => void): ComparePicker {
  const element = h('div', { class: 'picker' });
  let open = false;
  let drawn = '';
  let model: AskModel | undefined;

  const draw = () => {
    if (!model) return;
    const chosen = comparedOf(model);
    const others = [...model.runtime.adapters.map(({ name }) => name), null].filter((name) => !chosen.includes(name));
    const key = JSON.stringify([chosen, others, open]);
    if (key === drawn) return;
    drawn = key;
    const full = chosen.length >= MAX_COMPARED;
    keepingFocus(element, () =>
      element.replaceChildren(
        h(
          'div',
          { class: 'picker-row', attributes: { role: 'group', 'aria-label': t('Adapters to compare') } },
          ...chosen.map((name) => chosenChip(name, chosen, onChange)),
          !full && others.length > 0 && addLink(),
          h('span', { class: 'quiet', text: t('{0} of at most {1}', chosen.length, MAX_COMPARED) }),
        ),
        open && !full ? otherAdapters(others, chosen) : '',
      ),
    );
  };

  const addLink = () => {
    const link = createLink({
      label: t('Add adapter'),
      key: 'add',
      onClick: () => {
        open = !open;
        draw();
      },
    });
    link.prepend(icon('add'));
    link.setAttribute('aria-expanded', String(open));
    return link;
  };

  const otherAdapters = (others: readonly (string | null)[], chosen: readonly (string | null)[]) => {
    const add = (name: string | null) => {
      open = false;
      onChange([...chosen, name]);
    };
    return h(
      'div',
      { class: 'picker-row', attributes: { role: 'group', 'aria-label': t('Adapters that can be added') } },
      ...others.map((name) => createLink({ label: nameOf(name), key: `add:${name ?? ''}`, onClick: () => add(name) })),
    );
  };

  return {
    element,
    update(next) {
      model = next;
      draw();
    },
  };
}

function chosenChip(
  name: string | null,
  chosen: readonly (string | null)[],
  onChange: (adapters: (string | null)[]) => void,
): HTMLElement {
  const remove = createButton({
    label: t('Do not compare {0}', nameOf(name)),
    appearance: 'icon',
    icon: 'close',
    key: `remove:${name ?? ''}`,
    onClick: () => onChange(chosen.filter((other) => other !== name)),
  });
  if (chosen.length === 1) remove.setDisabled(t('One adapter must be left.'));
  return h('span', { class: 'chip' }, nameOf(name), remove.element);
}

const nameOf = (name: string | null) => name ?? t('base model');
