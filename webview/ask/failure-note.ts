import type { AskRuntime, Exchange } from '../../runtime/contracts/ask-panel.ts';
import { t } from '../l10n.ts';
import { type Button, createButton, createLink } from '../ui/button.ts';
import { type Child, h, spoken } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import { countdownText, type FailureAction, failureFace } from './failure-text.ts';

export interface FailureActions {
  askAgain(exchange: Exchange): void;
  stop(exchange: Exchange): void;
  openConfig(): void;
  openDeadlineSetting(): void;
  resetBreaker(): void;
  startRuntime(): void;
  showLog(): void;
}

export interface FailureNote {
  readonly element: HTMLElement;
  readonly ticking: boolean;
  /** Draws the countdown. */
  tick(nowMs: number): void;
}

/** The note of an exchange that failed or waits to be asked again; undefined for others. */
export function createFailureNote(
  exchange: Exchange,
  runtime: AskRuntime,
  actions: FailureActions,
): FailureNote | undefined {
  const face = failureFace(exchange, runtime);
  if (!face) return undefined;
  const buttons = face.actions.map((action) => ({ action, button: toButton(action, exchange, actions) }));
  if (runtime.state !== 'running') {
    for (const { action, button } of buttons) {
      if (action === 'askAgain' || action === 'resetBreaker') button.setDisabled(t('The runtime is not running.'));
    }
  }
  const countdown = face.until === null ? undefined : new Countdown(face.until);
  const element = createNote({
    kind: face.kind,
    title: face.title,
    detail: fill(face.detail, { time: countdown?.element, setting: settingLink(actions) }),
    actions: buttons.map(({ button }) => button),
    ...(face.icon === undefined ? {} : { icon: face.icon }),
  });
  const retry = buttons.find(({ action }) => action === 'retryWhenPossible')?.button;
  const tick = (nowMs: number) => {
    if (!countdown) return;
    countdown.tick(nowMs);
    if (!retry) return;
    if (runtime.state !== 'running') retry.setDisabled(t('The runtime is not running.'));
    else retry.setDisabled(countdown.over ? null : t('The breaker lets no call through before that.'));
    retry.setLabel(countdown.over ? t('Ask Again') : t('Retry in {0}', countdown.text));
  };
  tick(Date.now());
  return {
    element,
    get ticking() {
      return countdown !== undefined && !countdown.over;
    },
    tick,
  };
}

/** A time that runs down. It ticks without a word: a screen reader hears its first value and its end. */
class Countdown {
  readonly element: HTMLElement;
  readonly #shown = h('b', { attributes: { 'aria-hidden': 'true' } });
  readonly #end = h('span', { class: 'spoken', attributes: { role: 'status' } });
  readonly #until: number;
  text: string;

  constructor(until: number) {
    this.#until = until;
    this.text = countdownText(until, Date.now());
    this.#shown.textContent = this.text;
    this.element = h('span', {}, this.#shown, spoken(this.text), this.#end);
  }

  get over(): boolean {
    return Date.now() >= this.#until;
  }

  tick(nowMs: number): void {
    const next = countdownText(this.#until, nowMs);
    if (next === this.text) return;
    this.text = next;
    this.#shown.textContent = next;
    if (this.over) this.#end.textContent = t('The time is over.');
  }
}

function toButton(action: FailureAction, exchange: Exchange, actions: FailureActions): Button {
  const button = (label: string, onClick: () => void, appearance: 'primary' | 'secondary' = 'secondary') =>
    createButton({ label, appearance, key: action, onClick });
  switch (action) {
    case 'askAgain':
      return button(t('Ask Again'), () => actions.askAgain(exchange));
    case 'retryWhenPossible':
      return button(t('Ask Again'), () => actions.askAgain(exchange), 'primary');
    case 'cancelWait':
      return button(t('Cancel'), () => actions.stop(exchange));
    case 'resetBreaker':
      return button(t('Reset Breaker'), actions.resetBreaker);
    case 'openConfig':
      return button(t('Open aos.json'), actions.openConfig);
    case 'startRuntime':
      return button(t('Start Runtime'), actions.startRuntime);
    case 'showLog':
      return button(t('Show Log'), actions.showLog);
  }
}

function settingLink(actions: FailureActions): HTMLElement {
  const link = createLink({ label: 'aos.ask.deadlineSeconds', key: 'setting', onClick: actions.openDeadlineSetting });
  link.classList.add('strong');
  return link;
}

/** The text with elements in the place of `{name}`. */
function fill(text: string, elements: Record<string, HTMLElement | undefined>): Child[] {
  return text.split(/\{(\w+)\}/).map((piece, index) => (index % 2 === 0 ? piece : (elements[piece] ?? '')));
}
