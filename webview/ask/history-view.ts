import type { Exchange } from '../../runtime/contracts/ask-panel.ts';
import { h } from '../ui/elements.ts';
import { type ExchangeActions, ExchangeView } from './exchange-view.ts';
import type { AskModel } from './model.ts';

/** The exchanges, oldest first. An exchange keeps its element, and with it focus and selection, over updates. */
export class HistoryView {
  readonly element: HTMLElement = h('div', { class: 'history' });
  readonly #actions: ExchangeActions;
  readonly #views = new Map<string, ExchangeView>();

  constructor(actions: ExchangeActions) {
    this.#actions = actions;
  }

  update(model: AskModel, open: { why: ReadonlySet<string>; full: ReadonlySet<string> }): void {
    for (const id of this.#views.keys()) if (!model.exchanges.has(id)) this.#remove(id);
    for (const exchange of model.exchanges.values()) {
      const context = {
        runtime: model.runtime,
        agentId: model.agentId,
        whyOpen: open.why.has(exchange.id),
        shownInFull: open.full.has(exchange.id),
      };
      const known = this.#views.get(exchange.id);
      if (known) known.update(exchange, context);
      else this.#add(exchange, new ExchangeView(exchange, context, this.#actions));
    }
  }

  /** Whether {@link tick} draws something. */
  get ticking(): boolean {
    return [...this.#views.values()].some((view) => view.ticking);
  }

  tick(nowMs: number): void {
    for (const view of this.#views.values()) if (view.ticking) view.tick(nowMs);
  }

  /** Moves the focus to the exchange before or after the focused one; from elsewhere to the last one. */
  walk(step: 1 | -1): void {
    const elements = [...this.#views.values()].map(({ element }) => element);
    const at = elements.findIndex((element) => element.contains(document.activeElement));
    const next = at < 0 ? elements.at(-1) : elements[Math.min(elements.length - 1, Math.max(0, at + step))];
    next?.focus();
  }

  #add(exchange: Exchange, view: ExchangeView): void {
    this.#views.set(exchange.id, view);
    this.element.append(view.element);
  }

  #remove(id: string): void {
    this.#views.get(id)?.element.remove();
    this.#views.delete(id);
  }
}
