import {
  provideVSCodeDesignSystem,
  type Checkbox as ToolkitCheckbox,
  vsCodeCheckbox,
} from '@vscode/webview-ui-toolkit';

provideVSCodeDesignSystem().register(vsCodeCheckbox());

export interface Checkbox {
  readonly element: HTMLElement;
  setChecked(checked: boolean): void;
}

export function createCheckbox(options: { label: string; onChange(checked: boolean): void }): Checkbox {
  const element = document.createElement('vscode-checkbox') as ToolkitCheckbox;
  element.textContent = options.label;
  element.addEventListener('change', () => options.onChange(element.checked));
  return {
    element,
    setChecked(checked) {
      if (element.checked !== checked) element.checked = checked;
    },
  };
}
