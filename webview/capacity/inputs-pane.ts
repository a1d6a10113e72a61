import { type InputGroup, inputGroups } from '../../runtime/contracts/capacity-inputs.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import { createInputField } from '../ui/input-field.ts';
import { createSegmented, type Segmented } from '../ui/segmented.ts';
import { countText, groupSummary, type InputKey, matches } from './input-facts.ts';
import { createInputRow, type InputRow } from './input-row.ts';

export interface InputsState {
  filter: string;
  /** Groups that are closed. */
  closed: InputGroup[];
  /** In a narrow panel: the inputs are shown. */
  inputsOpen: boolean;
}

export interface InputsPaneActions {
  set(plan: string, key: InputKey, value: number | string | null): void;
  /** @param key null: all of them */
  reset(plan: string, key: InputKey | null): void;
  edit(side: 'a' | 'b'): void;
  save(part: Partial<InputsState>): void;
  /** Some field holds a value that is not allowed. */
  invalid(any: boolean): void;
}

/** Letters of two plans that are compared, and whose inputs are shown. */
export interface ComparedSides {
  a: string;
  b: string;
  side: 'a' | 'b';
}

export interface InputsPane {
  readonly element: HTMLElement;
  /** @param compared null: there is one plan */
  update(plan: ShownPlan, compared: ComparedSides | null): void;
  focusFilter(): void;
  /** What scrolls in a wide panel. */
  readonly scroller: HTMLElement;
}

interface GroupView {
  element: HTMLDetailsElement;
  summary: HTMLElement;
  rows: Map<InputKey, InputRow>;
}

/** The inputs by group, with a filter; folded into one line where there is little room. */
export function createInputsPane(state: InputsState, actions: InputsPaneActions): InputsPane {
  let shown: ShownPlan | undefined;
  let { filter } = state;
  const closed = new Set(state.closed);
  const invalid = new Set<InputKey>();
  const groups = new Map<InputGroup, GroupView>();
  const filterField = createInputField({
    label: t('Filter inputs'),
    icon: 'filter',
    onInput(value) {
      filter = value;
      actions.save({ filter });
      applyFilter();
    },
  });
  filterField.setPlaceholder(t('Filter inputs'));
  filterField.value = filter;
  const resetAll = createButton({
    label: t('Reset All Inputs'),
    appearance: 'icon',
    icon: 'discard',
    onClick: () => shown && actions.reset(shown.id, null),
  });
  const editing = h('div', { class: 'editing' });
  let sides: { letters: string; control: Segmented<'a' | 'b'> } | undefined;
  const list = h('div', { class: 'groups' });
  const count = h('span', { class: 'small' });
  const fold = h(
    'button',
    { class: 'fold', attributes: { type: 'button', 'aria-expanded': String(state.inputsOpen) } },
    icon('chevron-right'),
    h('strong', { text: t('Inputs') }),
    count,
  );
  const body = h(
    'div',
    { class: 'inputs-body' },
    editing,
    h('div', { class: 'filter' }, filterField.element, resetAll.element),
    list,
  );
  const element = h('section', { class: 'inputs', attributes: { 'aria-label': t('Inputs') } }, fold, body);
  element.classList.toggle('open', state.inputsOpen);
  fold.addEventListener('click', () => {
    const inputsOpen = element.classList.toggle('open');
    fold.setAttribute('aria-expanded', String(inputsOpen));
    actions.save({ inputsOpen });
  });

  function groupView(group: InputGroup): GroupView {
    const known = groups.get(group);
    if (known) return known;
    const summary = h('span', { class: 'small' });
    const head = h('summary', {}, icon('chevron-right'), h('h3', { text: group }), summary);
    const view = { element: h('details', { class: 'group' }, head), summary, rows: new Map<InputKey, InputRow>() };
    view.element.open = !closed.has(group);
    view.element.addEventListener('toggle', () => {
      // A filter opens what it finds; only a person's own choice is kept.
      if (filter !== '' || view.element.open !== closed.has(group)) return;
      if (view.element.open) closed.delete(group);
      else closed.add(group);
      actions.save({ closed: [...closed] });
    });
    groups.set(group, view);
    return view;
  }

  function applyFilter(): void {
    for (const [group, { element: details, rows }] of groups) {
      const found = shown!.inputs.filter((input) => input.group === group && matches(input, filter));
      for (const [key, row] of rows) row.element.hidden = !found.some((input) => input.key === key);
      details.hidden = found.length === 0;
      details.open = filter === '' ? !closed.has(group) : true;
    }
  }

  function showSides({ a, b, side }: ComparedSides): void {
    if (sides?.letters !== a + b) {
      const segments = [
        { value: 'a' as const, label: t('Plan {0}', a) },
        { value: 'b' as const, label: t('Plan {0}', b) },
      ];
      sides = { letters: a + b, control: createSegmented({ label: t('Editing'), segments, onChange: actions.edit }) };
      editing.replaceChildren(h('span', { class: 'small', text: t('Editing') }), sides.control.element);
    }
    sides.control.update(side);
  }

  const rowActions = {
    set: (key: InputKey, value: number | string | null) => actions.set(shown!.id, key, value),
    reset: (key: InputKey) => actions.reset(shown!.id, key),
    invalid(key: InputKey, is: boolean) {
      if (is) invalid.add(key);
      else invalid.delete(key);
      actions.invalid(invalid.size > 0);
    },
  };

  return {
    element,
    scroller: body,
    focusFilter: filterField.focus,
    update(plan, compared) {
      const isNew = shown?.id !== plan.id;
      // Fields of another plan: what was typed into them and not allowed is not its own.
      if (isNew) {
        groups.clear();
        invalid.clear();
        actions.invalid(false);
      }
      shown = plan;
      for (const input of plan.inputs) {
        const { rows, element: details } = groupView(input.group);
        let row = rows.get(input.key);
        if (!row) {
          row = createInputRow(input, rowActions);
          rows.set(input.key, row);
          details.append(row.element);
        }
        row.update(input);
      }
      for (const group of inputGroups) groups.get(group)!.summary.textContent = groupSummary(group, plan.inputs);
      if (isNew) {
        list.replaceChildren(...inputGroups.map((group) => groups.get(group)!.element));
        applyFilter();
      }
      editing.hidden = compared === null;
      if (compared) showSides(compared);
      count.textContent = countText(plan.inputs);
      const own = plan.inputs.some(({ source }) => source === 'yours' || source === 'measured');
      resetAll.setDisabled(own ? null : t('All inputs are the guide’s or assumed.'));
    },
  };
}
