import {
  provideVSCodeDesignSystem,
  type Dropdown as ToolkitDropdown,
  vsCodeDropdown,
  vsCodeOption,
} from '@vscode/webview-ui-toolkit';

provideVSCodeDesignSystem().register(vsCodeDropdown(), vsCodeOption());

export interface DropdownItem {
  value: string;
  label: string;
}

export interface Dropdown {
  readonly element: HTMLElement;
  update(items: readonly DropdownItem[], selected: string | null): void;
  setDisabled(disabled: boolean): void;
}

/** @param options.label its name for screen readers */
export function createDropdown(options: { label: string; onChange(value: string): void }): Dropdown {
  const element = document.createElement('vscode-dropdown') as ToolkitDropdown;
  element.setAttribute('aria-label', options.label);
  let drawn = '';
  element.addEventListener('change', () => options.onChange(element.value));
  return {
    element,
    update(items, selected) {
      const wanted = JSON.stringify(items);
      if (wanted !== drawn) {
        drawn = wanted;
        element.replaceChildren(...items.map(createOption));
      }
      // The element knows its options only after its own update.
      requestAnimationFrame(() => {
        if (selected !== null && element.value !== selected) element.value = selected;
      });
    },
    setDisabled(disabled) {
      if (element.disabled !== disabled) element.disabled = disabled;
    },
  };
}

function createOption({ value, label }: DropdownItem): HTMLElement {
  const option = document.createElement('vscode-option');
  option.setAttribute('value', value);
  option.textContent = label;
  return option;
}
