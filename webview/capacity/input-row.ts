import type { NumberKey } from '../../runtime/contracts/capacity-inputs.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { createDropdown } from '../ui/dropdown.ts';
import { h, icon } from '../ui/elements.ts';
import { createInputField } from '../ui/input-field.ts';
import { amountText, steppedText } from './amounts.ts';
import {
  choiceText,
  type InputKey,
  isChoice,
  readNumber,
  resetTitle,
  type ShownInput,
  sourceIcons,
  sourceTitle,
  sourceWord,
} from './input-facts.ts';

/** Results follow this long after the last key press. */
const SETTLE_MS = 150;

export interface InputRowActions {
  set(key: InputKey, value: number | string | null): void;
  reset(key: InputKey): void;
  /** A field holds a value that is not allowed, or does not any more. */
  invalid(key: InputKey, invalid: boolean): void;
}

export interface InputRow {
  readonly element: HTMLElement;
  update(input: ShownInput): void;
}

/** Label, field, unit, source, reset; and below, while the field holds what is not allowed, what is. */
export function createInputRow(first: ShownInput, actions: InputRowActions): InputRow {
  const { key, label, unit } = first;
  const problem = h('div', { class: 'problem', attributes: { id: `problem-${key}`, role: 'alert' } });
  problem.hidden = true;
  const control = isChoice(key) ? createChoice(first, actions) : createNumber(first, key, actions, problem);
  const source = h('span', { class: 'source' });
  const reset = createButton({
    label: t('Reset {0}', label),
    appearance: 'icon',
    icon: 'discard',
    onClick: () => {
      actions.reset(key);
      control.focus();
    },
  });
  const element = h(
    'div',
    { class: `input-row${isChoice(key) ? ' choice' : ''}` },
    h('span', { class: 'input-label', text: label, title: label }),
    control.element,
    h('span', { class: 'unit', text: unit }),
    source,
    reset.element,
    problem,
  );
  return {
    element,
    update(input) {
      control.update(input);
      source.replaceChildren(icon(sourceIcons[input.source]), sourceWord(input.source));
      source.className = `source ${input.source}`;
      source.title = sourceTitle(input);
      element.classList.toggle('changed', input.source === 'yours');
      reset.element.hidden = input.source !== 'yours' && input.source !== 'measured';
      reset.element.title = resetTitle(input);
    },
  };
}

interface Control {
  element: HTMLElement;
  update(input: ShownInput): void;
  focus(): void;
}

function createNumber(first: ShownInput, key: NumberKey, actions: InputRowActions, problem: HTMLElement): Control {
  const { label, options } = first;
  const allowed = options as readonly number[] | null;
  let pending: ReturnType<typeof setTimeout> | undefined;
  let shown = first;
  const tell = (allowedValues: string | null) => {
    problem.hidden = allowedValues === null;
    problem.textContent = allowedValues ?? '';
    field.setInvalid(allowedValues === null ? null : problem.id);
    actions.invalid(key, allowedValues !== null);
  };
  const settle = () => {
    pending = undefined;
    const read = readNumber(key, field.value);
    tell('allowed' in read ? read.allowed : null);
    if ('value' in read && read.value !== shown.value) actions.set(key, read.value);
  };
  const onInput = () => {
    clearTimeout(pending);
    pending = setTimeout(settle, SETTLE_MS);
  };
  const field = createInputField({
    label,
    onInput,
    onKey(event) {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key] as 1 | -1 | undefined;
      const next = step && steppedText(field.value, step, allowed);
      if (next === undefined) return;
      event.preventDefault();
      field.value = next;
      onInput();
    },
  });
  field.setPlaceholder(t('unknown'));
  return {
    element: field.element,
    focus: field.focus,
    update(input) {
      const { value, source } = input;
      const before = shown.value;
      shown = input;
      const read = readNumber(key, field.value);
      const same = 'value' in read && read.value === value;
      // What someone is typing stays, allowed or not; a value that changed elsewhere goes over it.
      if (same || pending !== undefined || (!problem.hidden && value === before)) return;
      field.value = typeof value === 'number' ? amountText(value, source) : '';
      tell(null);
    },
  };
}

function createChoice({ key, label, options }: ShownInput, actions: InputRowActions): Control {
  const dropdown = createDropdown({ label, onChange: (value) => actions.set(key, value) });
  const items = (options ?? []).map((value) => ({
    value: String(value),
    label: isChoice(key) ? choiceText(key, String(value)) : String(value),
  }));
  return {
    element: dropdown.element,
    focus: () => dropdown.element.focus(),
    update: ({ value }) => dropdown.update(items, String(value)),
  };
}
