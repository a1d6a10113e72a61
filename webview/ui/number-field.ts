import {
  provideVSCodeDesignSystem,
  type TextField as ToolkitTextField,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { h } from './elements.ts';
import { parseNumber } from './parse-number.ts';

provideVSCodeDesignSystem().register(vsCodeTextField());

export interface NumberFieldOptions {
  label: string;
  min: number;
  max: number;
  /** Whole numbers only. */
  integer?: boolean;
  /** What is allowed; shown below the field while its value is not. */
  allowed: string;
  /** Only with a value that is allowed. */
  onChange(value: number): void;
}

export interface NumberField {
  readonly element: HTMLElement;
  /** Shows `value`, unless the person is typing something else just now. */
  update(value: number): void;
}

export function createNumberField(options: NumberFieldOptions): NumberField {
  const { label, min, max, integer = false, allowed } = options;
  const field = document.createElement('vscode-text-field') as ToolkitTextField;
  field.setAttribute('aria-label', label);
  const problem = h('span', { class: 'problem', attributes: { role: 'alert' } });
  const element = h('label', { class: 'number-field' }, h('span', { class: 'quiet', text: label }), field, problem);
  field.addEventListener('input', () => {
    const value = parseNumber(field.value, { min, max, integer });
    problem.textContent = value === undefined ? allowed : '';
    field.classList.toggle('invalid', value === undefined);
    if (value !== undefined) options.onChange(value);
  });
  return {
    element,
    update(value) {
      if (parseNumber(field.value, { min, max, integer }) === value || field.matches(':focus-within')) return;
      field.value = String(value);
      field.classList.remove('invalid');
      problem.textContent = '';
    },
  };
}
