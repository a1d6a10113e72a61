import { h } from './elements.ts';

export interface Tabs<V extends string> {
  readonly element: HTMLElement;
  /** @param counts plain text behind the label, e.g. `6 of 9` */
  update(selected: V, counts: Partial<Record<V, string>>): void;
}

/** Tabs: the arrow keys move, and there is one stop for the Tab key. The panels have the id `<value>-panel`. */
export function createTabs<V extends string>(options: {
  label: string;
  tabs: readonly { value: V; label: string }[];
  onChange(value: V): void;
}): Tabs<V> {
  const { label, tabs, onChange } = options;
  const parts = tabs.map(({ value, label: text }) => {
    const count = h('span', { class: 'small' });
    const attributes = { type: 'button', role: 'tab', id: `${value}-tab`, 'aria-controls': `${value}-panel` };
    const button = h('button', { attributes }, text, count);
    button.addEventListener('click', () => onChange(value));
    return { value, button, count };
  });
  const buttons = parts.map(({ button }) => button);
  const element = h('div', { class: 'tabs', attributes: { role: 'tablist', 'aria-label': label } }, ...buttons);
  element.addEventListener('keydown', (event) => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined || at < 0 || event.altKey) return;
    event.preventDefault();
    // The panel must not take it for its own.
    event.stopPropagation();
    const { value, button } = parts[(next + parts.length) % parts.length]!;
    button.focus();
    onChange(value);
  });
  return {
    element,
    update(selected, counts) {
      for (const { value, button, count } of parts) {
        button.setAttribute('aria-selected', String(value === selected));
        button.tabIndex = value === selected ? 0 : -1;
        count.textContent = counts[value] ?? '';
      }
    },
  };
}
