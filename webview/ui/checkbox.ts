import {
  provideVSCodeDesignSystem,
  type Checkbox as ToolkitCheckbox,
  vsCodeCheckbox,
} from '@vscode/webview-ui-toolkit';
import { spoken } from './elements.ts';

provideVSCodeDesignSystem().register(vsCodeCheckbox());

export interface Checkbox {
  readonly element: HTMLElement;
  setChecked(checked: boolean): void;
}

/** @param options.labelHidden the label is for screen readers only; default false */
export function createCheckbox(options: {
  label: string;
  labelHidden?: boolean;
  onChange(checked: boolean): void;
}): Checkbox {
  const element = document.createElement('vscode-checkbox') as ToolkitCheckbox;
  // Its text becomes its name, whatever name it has before it is in the page.
  element.append(options.labelHidden ? spoken(options.label) : options.label);
  element.addEventListener('change', () => options.onChange(element.checked));
  return {
    element,
    setChecked(checked) {
      if (element.checked !== checked) element.checked = checked;
    },
  };
}
