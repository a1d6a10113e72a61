import { h } from './elements.ts';

export interface Segment<V extends string> {
  value: V;
  label: string;
}

export interface Segmented<V extends string> {
  readonly element: HTMLElement;
  update(selected: V): void;
}

/** A choice of a few, side by side: one stop of the Tab key, the arrows choose. @param options.label its name for screen readers */
export function createSegmented<V extends string>(options: {
  label: string;
  segments: readonly Segment<V>[];
  onChange(value: V): void;
}): Segmented<V> {
  const { label, segments, onChange } = options;
  const buttons = segments.map(({ value, label: text }) => {
    const button = h('button', { text, attributes: { type: 'button', role: 'radio' } });
    button.addEventListener('click', () => onChange(value));
    return button;
  });
  const element = h('div', { class: 'segmented', attributes: { role: 'radiogroup', 'aria-label': label } }, ...buttons);
  element.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.altKey) return;
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = (at + step + buttons.length) % buttons.length;
    event.preventDefault();
    // The panel must not take it for its own.
    event.stopPropagation();
    buttons[next]!.focus();
    onChange(segments[next]!.value);
  });
  return {
    element,
    update(selected) {
      for (const [index, button] of buttons.entries()) {
        const chosen = segments[index]!.value === selected;
        button.setAttribute('aria-checked', String(chosen));
        button.tabIndex = chosen ? 0 : -1;
      }
    },
  };
}
