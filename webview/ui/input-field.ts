import {
  provideVSCodeDesignSystem,
  type TextField as ToolkitTextField,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { icon } from './elements.ts';

provideVSCodeDesignSystem().register(vsCodeTextField());

export interface InputField {
  readonly element: HTMLElement;
  value: string;
  /** What stands in it while it is empty. */
  setPlaceholder(text: string): void;
  /** @param describedBy id of the element that says what is wrong; null: nothing is */
  setInvalid(describedBy: string | null): void;
  /** It can be read and copied, not changed. */
  setReadOnly(readOnly: boolean): void;
  focus(): void;
}

/** One line of text; what belongs around it is the caller's. @param options.label its name for screen readers */
export function createInputField(options: {
  label: string;
  icon?: string;
  onInput(value: string): void;
  onKey?(event: KeyboardEvent): void;
}): InputField {
  const element = document.createElement('vscode-text-field') as ToolkitTextField;
  element.setAttribute('aria-label', options.label);
  if (options.icon) {
    const start = icon(options.icon);
    start.slot = 'start';
    element.append(start);
  }
  element.addEventListener('input', () => options.onInput(element.value));
  if (options.onKey) element.addEventListener('keydown', options.onKey);
  return {
    element,
    get value() {
      return element.value;
    },
    set value(text) {
      if (element.value !== text) element.value = text;
    },
    setPlaceholder(text) {
      if (element.placeholder !== text) element.placeholder = text;
    },
    setInvalid(describedBy) {
      element.classList.toggle('invalid', describedBy !== null);
      element.toggleAttribute('aria-invalid', describedBy !== null);
      if (describedBy === null) element.removeAttribute('aria-describedby');
      else element.setAttribute('aria-describedby', describedBy);
    },
    setReadOnly(readOnly) {
      if (element.readOnly !== readOnly) element.readOnly = readOnly;
    },
    focus: () => element.focus(),
  };
}
