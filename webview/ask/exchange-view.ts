import type { AskFailure, AskRuntime, Exchange } from '../../runtime/contracts/ask-panel.ts';
import { formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { type Child, h, icon, spoken } from '../ui/elements.ts';
import { keepingFocus } from '../ui/keeping-focus.ts';
import { shortAnswer } from './answer-parts.ts';
import { drawAnswerParts } from './answer-view.ts';
import type { EntryView } from './entry-list.ts';
import { answerFacts, type Fact } from './facts.ts';
import { createFailureNote, type FailureActions, type FailureNote } from './failure-note.ts';
import { failureFacts } from './failure-text.ts';
import { answerText, isUnfinished } from './model.ts';
import { whyLabel, whyRows } from './why.ts';

export interface ExchangeActions extends FailureActions {
  copy(exchange: Exchange): void;
  askUncached(exchange: Exchange): void;
  forgetEntry(exchange: Exchange): void;
  showTrace(traceId: string): void;
  toggleWhy(exchange: Exchange): void;
  toggleFull(exchange: Exchange): void;
}

/** What an exchange is drawn with besides itself. */
export interface ExchangeContext {
  runtime: AskRuntime;
  /** The exchange of another agent than this names its agent. */
  agentId: string | null;
  whyOpen: boolean;
  shownInFull: boolean;
}

/** One prompt and its answer. */
export class ExchangeView implements EntryView<Exchange, ExchangeContext> {
  readonly element: HTMLElement = h('article', { class: 'exchange', attributes: { tabindex: '-1' } });
  readonly #actions: ExchangeActions;
  #exchange: Exchange;
  #context: ExchangeContext;
  #answer: HTMLElement = h('div');
  #facts: HTMLElement = h('span');
  #note: FailureNote | undefined;

  constructor(exchange: Exchange, context: ExchangeContext, actions: ExchangeActions) {
    this.#exchange = exchange;
    this.#context = context;
    this.#actions = actions;
    this.#draw();
  }

  /** Draws anew if something is not as it was. Tokens of a running answer are added without drawing the rest. */
  update(exchange: Exchange, context: ExchangeContext): void {
    const before = this.#exchange;
    const sameContext = JSON.stringify(shownContext(this.#context)) === JSON.stringify(shownContext(context));
    if (before === exchange && sameContext) return;
    this.#exchange = exchange;
    this.#context = context;
    const streaming = before.progress.kind === 'running' && exchange.progress.kind === 'running';
    if (sameContext && streaming) this.#drawAnswer();
    else keepingFocus(this.element, () => this.#draw());
  }

  /** Draws what changes with time: running latency, countdowns. */
  tick(nowMs: number): void {
    if (this.#exchange.progress.kind === 'running') drawFacts(this.#facts, answerFacts(this.#exchange, nowMs));
    this.#note?.tick(nowMs);
  }

  /** True while {@link tick} draws something. */
  get ticking(): boolean {
    return this.#exchange.progress.kind === 'running' || (this.#note?.ticking ?? false);
  }

  #draw(): void {
    const { prompt, agentId, askedAt, progress } = this.#exchange;
    const { runtime } = this.#context;
    const when = formatTime(askedAt);
    const place = this.#context.agentId === agentId ? when : `${agentId} · ${when}`;
    this.#answer = h('div', { class: 'answer' });
    this.#facts = h('span', { class: 'facts' });
    this.#note = createFailureNote(this.#exchange, runtime, this.#actions);
    this.element.setAttribute('aria-label', t('{0}, asked at {1}', agentId, when));
    this.element.setAttribute('aria-busy', String(isUnfinished(progress)));
    this.element.replaceChildren(
      h(
        'header',
        { class: 'prompt' },
        icon('account'),
        h('h2', {}, spoken(t('You asked:')), prompt),
        h('span', { class: 'when', text: place }),
      ),
      h('div', { class: 'body' }, this.#answer, this.#note?.element, this.#meta(), this.#why()),
    );
    this.#drawAnswer();
  }

  #drawAnswer(): void {
    const text = answerText(this.#exchange);
    const { progress } = this.#exchange;
    const short = progress.kind === 'done' && progress.result.cached !== false ? shortAnswer(text) : text;
    const cut = short !== text.trim() && short !== text;
    const shown = cut && !this.#context.shownInFull ? short : text;
    const toggle =
      cut &&
      createLink({
        key: 'full',
        label: this.#context.shownInFull ? t('Show less') : t('Show all'),
        onClick: () => this.#actions.toggleFull(this.#exchange),
      });
    const caret = progress.kind === 'running' && h('span', { class: 'caret', attributes: { 'aria-hidden': 'true' } });
    const separator = toggle ? ' ' : null;
    this.#answer.replaceChildren(
      ...drawAnswerParts(shown),
      ...[separator, caret, toggle].filter((child): child is string | HTMLElement => Boolean(child)),
    );
    drawFacts(this.#facts, answerFacts(this.#exchange, Date.now()));
  }

  #meta(): HTMLElement | null {
    const { progress } = this.#exchange;
    const failedAtOnce = progress.kind === 'failed' && progress.failure.kind !== 'deadline' && progress.text === '';
    if (failedAtOnce || progress.kind === 'waiting') return this.#failureMeta(progress.failure);
    if (progress.kind === 'running') {
      return h('div', { class: 'meta' }, icon('loading', { spin: true }), this.#facts);
    }
    return h('div', { class: 'meta' }, this.#facts, this.#whyLink(), this.#tools());
  }

  #failureMeta(failure: AskFailure): HTMLElement {
    const { traceId } = failure;
    const trace =
      traceId !== null &&
      this.#context.runtime.state === 'running' &&
      createLink({ key: 'trace', label: t('Show trace'), onClick: () => this.#actions.showTrace(traceId) });
    return h(
      'div',
      { class: 'meta' },
      h('span', { class: 'facts', text: failureFacts(failure).join(' · ') }),
      trace && h('span', { class: 'why-link' }, separator(), trace),
    );
  }

  #tools(): HTMLElement {
    const exchange = this.#exchange;
    const copy = createButton({
      label: t('Copy Answer'),
      appearance: 'icon',
      icon: 'copy',
      key: 'copy',
      onClick: () => this.#actions.copy(exchange),
    });
    const again = createButton({
      label: t('Ask Again'),
      appearance: 'icon',
      icon: 'refresh',
      key: 'again',
      onClick: () => this.#actions.askAgain(exchange),
    });
    if (this.#context.runtime.state !== 'running') again.setDisabled(t('The runtime is not running.'));
    if (answerText(exchange) === '') copy.setDisabled(t('There is nothing to copy.'));
    return h('span', { class: 'tools' }, copy.element, again.element);
  }

  #whyLink(): Child {
    const label = whyLabel(this.#exchange);
    if (label === undefined) return null;
    const link = createLink({ key: 'why', label, onClick: () => this.#actions.toggleWhy(this.#exchange) });
    link.setAttribute('aria-expanded', String(this.#context.whyOpen));
    return h('span', { class: 'why-link' }, separator(), link);
  }

  #why(): HTMLElement | null {
    const rows = this.#context.whyOpen ? whyRows(this.#exchange, Date.now()) : [];
    if (rows.length === 0) return null;
    const actions = this.#cacheLinks();
    return h(
      'dl',
      { class: 'why' },
      ...rows.flatMap(({ name, value }) => [h('dt', { text: name }), h('dd', { text: value })]),
      actions.length > 0 && h('dd', { class: 'why-actions' }, ...actions),
    );
  }

  /** What can be done about an answer of the cache. */
  #cacheLinks(): Child[] {
    const { progress, forgotten } = this.#exchange;
    const cached = progress.kind === 'done' && progress.result.cached !== false;
    if (!cached || this.#context.runtime.state !== 'running') return [];
    const forget = createLink({
      key: 'forget',
      label: t('Forget this entry'),
      onClick: () => this.#actions.forgetEntry(this.#exchange),
    });
    const uncached = createLink({
      key: 'uncached',
      label: t('Ask without the cache'),
      onClick: () => this.#actions.askUncached(this.#exchange),
    });
    return [forgotten ? h('span', { text: t('The entry is forgotten.') }) : forget, separator(), uncached];
  }
}

/** What a change of must be drawn: of the runtime only whether it answers. */
function shownContext({ runtime, ...rest }: ExchangeContext): unknown {
  return { ...rest, state: runtime.state, breakerOpen: runtime.breakerOpen };
}

function drawFacts(element: HTMLElement, facts: readonly Fact[]): void {
  const nodes = facts.flatMap((fact, index) => [
    ...(index > 0 ? [separator()] : []),
    h('span', { class: 'fact' }, fact.icon ? icon(fact.icon) : null, fact.text),
  ]);
  element.replaceChildren(...nodes);
}

const separator = () => h('span', { class: 'separator', text: '·', attributes: { 'aria-hidden': 'true' } });
