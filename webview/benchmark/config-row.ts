import type { BenchmarkConfig, BenchmarkTarget } from '../../runtime/contracts/benchmark-panel.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { createDropdown, type Dropdown } from '../ui/dropdown.ts';
import { h } from '../ui/elements.ts';
import { createInputField } from '../ui/input-field.ts';
import {
  allowedText,
  type LoadKey,
  type Loads,
  loadKeys,
  loadLabel,
  plannedText,
  readLoad,
  withScenario,
} from './config-facts.ts';
import { asksAgent, scenarioName, scenarioOrder } from './words.ts';

export interface ConfigRowActions {
  change(config: BenchmarkConfig): void;
  run(): void;
  cancel(): void;
}

export interface ConfigRowState {
  config: BenchmarkConfig;
  target: BenchmarkTarget;
  /** Of the run that goes on; null: none does. */
  running: { cancelling: boolean } | null;
  /** Why Run cannot be pressed; null: it can. */
  cannotRun: string | null;
  /** Something else is the better next step. */
  secondary: boolean;
}

export interface ConfigRow {
  readonly element: HTMLElement;
  /** A field holds what it cannot take. */
  readonly invalid: boolean;
  update(state: ConfigRowState): void;
}

const LOAD_KEYS: readonly LoadKey[] = ['ratePerS', 'durationS', 'warmUpS', 'requests'];

/** Scenario, agent, load, and the button that runs them or cancels the run. */
export function createConfigRow(loads: Loads, actions: ConfigRowActions): ConfigRow {
  let shown: ConfigRowState | undefined;
  const change = (part: Partial<BenchmarkConfig>) => {
    if (shown) actions.change({ ...shown.config, ...part });
  };
  const run = createButton({ label: t('Run'), appearance: 'primary', icon: 'play', onClick: actions.run });
  const cancel = createButton({
    ...{ label: t('Cancel'), appearance: 'secondary', icon: 'debug-stop' },
    onClick: actions.cancel,
  });
  cancel.element.hidden = true;
  const scenario = createDropdown({
    label: t('Scenario'),
    onChange: (value) => {
      const chosen = scenarioOrder.find((one) => one === value);
      if (shown && chosen) actions.change(withScenario(shown.config, chosen, loads));
    },
  });
  const agent = createDropdown({ label: t('Agent'), onChange: (agentId) => change({ agentId }) });
  const mode = createDropdown({
    label: t('Load'),
    onChange: (value) => change({ mode: value === 'serial' ? 'serial' : 'open' }),
  });
  const fields = LOAD_KEYS.map((key) =>
    createLoadField(key, { change: (value) => change({ [key]: value }), enter: actions.run }),
  );
  const agentPart = labelled('agent', t('Agent'), agent);
  const modePart = labelled('mode', t('Load'), mode);
  const planned = h('span', { class: 'quiet-text planned' });
  const element = h(
    'form',
    { class: 'config', attributes: { 'aria-label': t('What to measure') } },
    labelled('scenario', t('Scenario'), scenario),
    agentPart,
    modePart,
    ...fields.map((field) => field.element),
    planned,
    h('span', { class: 'run' }, run.element, cancel.element),
  );
  element.addEventListener('submit', (event) => event.preventDefault());
  return {
    element,
    get invalid() {
      return fields.some((field) => !field.element.hidden && field.invalid);
    },
    update(state) {
      shown = state;
      const { config, target, running, cannotRun, secondary } = state;
      scenario.update(
        scenarioOrder.map((value) => ({ value, label: scenarioName(value) })),
        config.scenario,
      );
      const { agents } = target;
      agent.update(
        agents.map((value) => ({ value, label: value })),
        config.agentId ?? agents[0] ?? null,
      );
      mode.update(
        [
          { value: 'open', label: t('Open loop') },
          { value: 'serial', label: t('Serial (guide’s loop)') },
        ],
        config.mode,
      );
      agentPart.hidden = !asksAgent(config.scenario) || agents.length === 0;
      modePart.hidden = config.scenario === 'baseline';
      for (const dropdown of [scenario, agent, mode]) dropdown.setDisabled(running !== null);
      const keys = loadKeys(config);
      for (const field of fields) field.update(config, { shown: keys.includes(field.key), readOnly: running !== null });
      planned.textContent = plannedText(config);
      swap(run.element, cancel.element, running !== null);
      run.setAppearance(secondary ? 'secondary' : 'primary');
      run.setDisabled(cannotRun);
      cancel.setDisabled(running?.cancelling ? t('It is being cancelled.') : null);
    },
  };
}

/** One button in the place of the other; the focus goes with it. */
function swap(run: HTMLElement, cancel: HTMLElement, running: boolean): void {
  if (run.hidden === running) return;
  const [from, to] = running ? [run, cancel] : [cancel, run];
  const focused = document.activeElement === from;
  to.hidden = false;
  from.hidden = true;
  if (focused) to.focus();
}

function labelled(name: string, label: string, { element }: Dropdown): HTMLElement {
  return h('div', { class: `field ${name}` }, h('span', { class: 'small', text: label }), element);
}

interface LoadField {
  readonly key: LoadKey;
  readonly element: HTMLElement;
  readonly invalid: boolean;
  update(config: BenchmarkConfig, state: { shown: boolean; readOnly: boolean }): void;
}

function createLoadField(key: LoadKey, actions: { change(value: number): void; enter(): void }): LoadField {
  const id = `problem-${key}`;
  const label = h('span', { class: 'small' });
  const problem = h('span', { class: 'problem', attributes: { id, role: 'alert' } });
  let invalid = false;
  const tell = (next: boolean) => {
    invalid = next;
    problem.textContent = next ? allowedText(key) : '';
    field.setInvalid(next ? id : null);
  };
  const field = createInputField({
    label: loadLabel(key, 'inference-uncached'),
    onInput(text) {
      const value = readLoad(key, text);
      tell(value === undefined);
      if (value !== undefined) actions.change(value);
    },
    onKey(event) {
      if (event.key === 'Enter') actions.enter();
    },
  });
  const element = h('div', { class: 'field load' }, label, field.element, problem);
  return {
    key,
    element,
    get invalid() {
      return invalid;
    },
    update(config, { shown, readOnly }) {
      const text = loadLabel(key, config.scenario);
      label.textContent = text;
      field.element.setAttribute('aria-label', text);
      field.setReadOnly(readOnly);
      element.hidden = !shown;
      // What someone is typing stays as it is typed.
      if (readLoad(key, field.value) === config[key] || (invalid && field.element.matches(':focus-within'))) return;
      field.value = String(config[key]);
      tell(false);
    },
  };
}
