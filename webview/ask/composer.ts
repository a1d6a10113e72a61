import type { AskOptions } from '../../runtime/contracts/ask-panel.ts';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { createCheckbox } from '../ui/checkbox.ts';
import { h } from '../ui/elements.ts';
import { createNumberField } from '../ui/number-field.ts';
import { createTextArea } from '../ui/text-area.ts';
import { createComparePicker } from './compare-picker.ts';
import { type AskModel, comparedOf, optionsOf, unfinished } from './model.ts';

const MAX_PROMPT_HEIGHT_PX = 200;
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
/** What the key is called here. */
export const SEND_KEYS = isMac ? ['⌘', 'Enter'] : ['Ctrl', 'Enter'];

export interface ComposerActions {
  input(prompt: string): void;
  options(options: AskOptions): void;
  compared(adapters: (string | null)[]): void;
  toggleParameters(): void;
  ask(): void;
  stop(): void;
}

export interface Composer {
  readonly element: HTMLElement;
  update(model: AskModel, state: { prompt: string; parametersOpen: boolean }): void;
  focus(): void;
}

/** The prompt and how it is asked. */
export function createComposer(actions: ComposerActions): Composer {
  let options: AskOptions | undefined;
  const change = (part: Partial<AskOptions>) => options && actions.options({ ...options, ...part });
  const prompt = createTextArea({ label: t('Prompt'), maxHeightPx: MAX_PROMPT_HEIGHT_PX, onInput: actions.input });
  const useCache = createCheckbox({ label: t('Use the cache'), onChange: (checked) => change({ useCache: checked }) });
  const picker = createComparePicker(actions.compared);
  const parametersLink = createLink({ label: '', key: 'parameters', onClick: actions.toggleParameters });
  const tokens = createNumberField({
    label: t('Tokens at most'),
    min: 1,
    max: 32_768,
    integer: true,
    allowed: t('1 to 32,768'),
    onChange: (maxTokens) => change({ maxTokens }),
  });
  const temperature = createNumberField({
    label: t('Temperature'),
    min: 0,
    max: 2,
    allowed: t('0 to 2'),
    onChange: (value) => change({ temperature: value }),
  });
  const parameters = h('div', { class: 'parameters' }, tokens.element, temperature.element);
  const ask = createButton({ label: t('Ask'), appearance: 'primary', key: 'ask', onClick: actions.ask });
  const stop = createButton({ label: t('Stop'), appearance: 'secondary', key: 'stop', onClick: actions.stop });
  const keys = h('span', { class: 'keys', attributes: { 'aria-hidden': 'true' } });
  const element = h(
    'footer',
    { class: 'composer' },
    h(
      'div',
      { class: 'column' },
      prompt.element,
      parameters,
      picker.element,
      h(
        'div',
        { class: 'controls' },
        useCache.element,
        parametersLink,
        h('span', { class: 'bar-space' }),
        keys,
        stop.element,
        ask.element,
      ),
    ),
  );
  return {
    element,
    focus: prompt.focus,
    update(model, state) {
      options = optionsOf(model);
      const running = unfinished(model).length > 0;
      const empty = state.prompt.trim() === '';
      prompt.value = state.prompt;
      prompt.setPlaceholder(placeholder(model));
      useCache.setChecked(options.useCache);
      // A comparison never goes through the cache.
      useCache.element.hidden = model.mode === 'compare';
      picker.element.hidden = model.mode !== 'compare';
      picker.update(model);
      parametersLink.textContent = t(
        'Parameters: {0} tokens, temperature {1}',
        options.maxTokens.toString(),
        options.temperature.toString(),
      );
      parametersLink.setAttribute('aria-expanded', String(state.parametersOpen));
      parameters.hidden = !state.parametersOpen;
      tokens.update(options.maxTokens);
      temperature.update(options.temperature);
      // A second prompt may be sent while the first one is answered.
      stop.element.hidden = !running;
      ask.element.hidden = running && empty;
      ask.setDisabled(whyNot(model));
      keys.replaceChildren(...(running && empty ? ['Esc'] : SEND_KEYS).map((key) => h('kbd', { text: key })));
    },
  };
}

function placeholder(model: AskModel): string {
  const keys = SEND_KEYS.join(isMac ? '' : '+');
  if (model.mode === 'compare')
    return t('Ask {0}. {1} sends.', formatPlural(comparedOf(model).length, 'adapter'), keys);
  return model.agentId === null ? t('{0} sends.', keys) : t('Ask {0}. {1} sends.', model.agentId, keys);
}

/** Why the prompt cannot be asked now. */
function whyNot({ runtime, mode, agentId }: AskModel): string | null {
  if (runtime.state !== 'running') return t('The runtime is not running.');
  return mode === 'agent' && agentId === null ? t('There is no agent to ask.') : null;
}
