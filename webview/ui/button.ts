import { provideVSCodeDesignSystem, vsCodeButton } from '@vscode/webview-ui-toolkit';
import { h, icon } from './elements.ts';

provideVSCodeDesignSystem().register(vsCodeButton());

export interface ButtonOptions {
  label: string;
  /** `icon`: only the icon is seen, the label is its name and tooltip. */
  appearance: 'primary' | 'secondary' | 'icon';
  icon?: string;
  /** It opens a list: drawn with a chevron. */
  opensList?: boolean;
  /** Tells the button from others of its panel, for focus that must survive a new drawing. */
  key?: string;
  onClick(): void;
}

export interface Button {
  readonly element: HTMLElement;
  setLabel(label: string): void;
  setAppearance(appearance: 'primary' | 'secondary'): void;
  /** @param reason why it cannot be pressed now (its tooltip), or null */
  setDisabled(reason: string | null): void;
}

export function createButton(options: ButtonOptions): Button {
  const { appearance, onClick, key } = options;
  const element = document.createElement('vscode-button') as HTMLElement & { disabled: boolean; appearance: string };
  element.setAttribute('appearance', appearance);
  if (key !== undefined) element.dataset.key = key;
  let { label } = options;
  const draw = () => {
    const sign = options.icon && icon(options.icon);
    const chevron = options.opensList && icon('chevron-down');
    if (sign && appearance !== 'icon') sign.slot = 'start';
    if (chevron) chevron.slot = 'end';
    const parts = [sign, appearance !== 'icon' && label, chevron];
    element.replaceChildren(...parts.filter((part) => part !== undefined && part !== false));
    if (appearance !== 'icon') return;
    element.setAttribute('aria-label', label);
    element.title = label;
  };
  draw();
  element.addEventListener('click', () => {
    if (!element.disabled) onClick();
  });
  return {
    element,
    setLabel(next) {
      if (next === label) return;
      label = next;
      draw();
    },
    setAppearance(next) {
      // The property: the toolkit writes it over the attribute after the button was put into the page.
      element.appearance = next;
    },
    setDisabled(reason) {
      element.disabled = reason !== null;
      element.title = reason ?? (appearance === 'icon' ? label : '');
    },
  };
}

/** A button that looks like a link: it does something here, so it is no `<a>`. */
export function createLink(options: {
  label: string;
  key?: string;
  title?: string;
  /** Why it leads nowhere now (its tooltip); null: it does. Default null. */
  disabled?: string | null;
  onClick(): void;
}): HTMLElement {
  const { disabled = null } = options;
  const element = h('button', { class: 'link', text: options.label, attributes: { type: 'button' } });
  if (options.title) element.title = options.title;
  if (options.key !== undefined) element.dataset.key = options.key;
  if (disabled === null) element.addEventListener('click', options.onClick);
  else {
    // It keeps its place in the order of Tab, so that its reason is heard.
    element.setAttribute('aria-disabled', 'true');
    element.title = disabled;
  }
  return element;
}
