import type { AskOptions, AskPanelContract, EventOf, Exchange } from '../../runtime/contracts/ask-panel.ts';
import type { Params } from '../../runtime/contracts/panel-rpc.ts';
import { formatDuration } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import type { RpcClient } from '../rpc/client.ts';
import { h } from '../ui/elements.ts';
import { createComposer } from './composer.ts';
import { createHeader } from './header.ts';
import { HistoryView } from './history-view.ts';
import {
  type AskModel,
  isUnfinished,
  type Opened,
  openModel,
  optionsOf,
  unfinished,
  withExchange,
  withoutExchanges,
  withRuntime,
  withToken,
} from './model.ts';
import type { SavedState } from './saved-state.ts';
import { createEmptyView, createRuntimeNote } from './top-notes.ts';

/** How often what runs is drawn anew: latency, countdowns. */
const TICK_MS = 100;
/** As near to the end as this counts as at the end, px. */
const END_PX = 24;

export interface AskViewOptions {
  rpc: RpcClient<AskPanelContract>;
  root: HTMLElement;
  opened: Opened;
  saved: SavedState;
  save(state: SavedState): void;
  onError(error: unknown): void;
}

/** The whole panel: one scroller with header, exchanges and composer. */
export class AskView {
  readonly #options: AskViewOptions;
  readonly #scroller = h('div', { class: 'scroller' });
  readonly #notes = h('div', { class: 'column' });
  readonly #empty = h('div');
  readonly #status = h('div', { class: 'spoken', attributes: { role: 'status' } });
  readonly #header = createHeader({
    select: (agentId) => this.#select(agentId),
    export: () => this.#request('export', {}),
    clear: () => this.#request('clear', {}),
  });
  readonly #history = new HistoryView({
    copy: ({ id }) => this.#request('copy', { id }),
    askAgain: (exchange) => this.#ask(exchange.agentId, exchange.prompt, exchange.options),
    askUncached: (exchange) => this.#ask(exchange.agentId, exchange.prompt, { ...exchange.options, useCache: false }),
    stop: ({ id }) => this.#request('stop', { id }),
    toggleWhy: ({ id }) => this.#save({ whyOpen: toggled(this.#saved.whyOpen, id) }),
    toggleFull: ({ id }) => this.#save({ shownInFull: toggled(this.#saved.shownInFull, id) }),
    openConfig: () => this.#request('openConfig', {}),
    openDeadlineSetting: () => this.#request('openSetting', { key: 'aos.ask.deadlineSeconds' }),
    startRuntime: () => this.#request('startRuntime', {}),
    showLog: () => this.#request('showLog', {}),
  });
  readonly #composer = createComposer({
    input: (prompt) => this.#save({ prompt }),
    options: (options) => this.#setOptions(options),
    toggleParameters: () => this.#save({ parametersOpen: !this.#saved.parametersOpen }),
    ask: () => this.#askPrompt(),
    stop: () => this.#stopLast(),
  });
  #model: AskModel;
  #saved: SavedState;
  #drawnNotes = '';
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor(options: AskViewOptions) {
    this.#options = options;
    this.#saved = options.saved;
    this.#model = openModel(options.opened, options.saved);
    const column = h('main', { class: 'column' }, this.#empty, this.#history.element);
    const top = h('div', { class: 'top' }, this.#header.element, this.#notes);
    this.#scroller.append(top, column, this.#composer.element, this.#status);
    options.root.replaceChildren(this.#scroller);
    this.#listen();
    this.#draw();
    this.#keepPlace(column);
    this.#tellSelected();
    this.#composer.focus();
  }

  #listen(): void {
    const { rpc } = this.#options;
    rpc.on('runtime', (runtime) => this.#set(withRuntime(this.#model, runtime)));
    rpc.on('exchange', (exchange) => this.#onExchange(exchange));
    rpc.on('token', (token) => this.#set(withToken(this.#model, token)));
    rpc.on('removed', ({ ids }: EventOf<'removed'>) => this.#set(withoutExchanges(this.#model, ids)));
    rpc.on('defaults', (defaults) => this.#set({ ...this.#model, defaults }));
    rpc.on('select', ({ agentId }) => {
      this.#set({ ...this.#model, agentId });
      this.#save({ agentId });
      this.#composer.focus();
    });
    this.#scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    document.addEventListener('keydown', (event) => this.#onKey(event));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#askPrompt();
    else if (event.key === 'Escape') this.#stopLast();
    else if (event.altKey && event.key === 'ArrowUp') this.#history.walk(-1);
    else if (event.altKey && event.key === 'ArrowDown') this.#history.walk(1);
    else if (event.key === 'ArrowUp' && this.#isInPrompt() && this.#saved.prompt === '') this.#takeLastPrompt();
    else return;
    event.preventDefault();
  }

  #isInPrompt(): boolean {
    return document.activeElement?.tagName === 'VSCODE-TEXT-AREA';
  }

  #takeLastPrompt(): void {
    const last = [...this.#model.exchanges.values()].at(-1);
    if (last) this.#save({ prompt: last.prompt });
  }

  #select(agentId: string): void {
    if (agentId === this.#model.agentId) return;
    this.#set({ ...this.#model, agentId });
    this.#save({ agentId });
    this.#tellSelected();
  }

  #tellSelected(): void {
    const { agentId } = this.#model;
    if (agentId !== null) this.#request('selected', { agentId });
  }

  #setOptions(options: AskOptions): void {
    this.#set({ ...this.#model, options });
    this.#save({ options });
  }

  #askPrompt(): void {
    const { runtime, agentId } = this.#model;
    const { prompt } = this.#saved;
    if (runtime.state === 'running' && agentId !== null && prompt.trim() !== '') {
      this.#ask(agentId, prompt, optionsOf(this.#model));
      this.#save({ prompt: '' });
    }
    this.#composer.focus();
  }

  #ask(agentId: string, prompt: string, options: AskOptions): void {
    // Whoever asks wants to see the answer.
    this.#save({ scrollTop: null });
    this.#request('ask', { agentId, prompt, options });
  }

  #stopLast(): void {
    const last = unfinished(this.#model).at(-1);
    if (last) this.#request('stop', { id: last.id });
  }

  #onExchange(exchange: Exchange): void {
    const before = this.#model.exchanges.get(exchange.id);
    this.#set(withExchange(this.#model, exchange));
    const ended = before && isUnfinished(before.progress) && !isUnfinished(exchange.progress);
    if (ended) this.#status.textContent = spokenEnd(exchange);
  }

  #request<M extends keyof AskPanelContract['requests']>(method: M, params: Params<AskPanelContract, M>): void {
    this.#options.rpc.request(method, params).catch(this.#options.onError);
  }

  #set(model: AskModel): void {
    if (model === this.#model) return;
    this.#model = model;
    this.#draw();
  }

  #save(part: Partial<SavedState>): void {
    this.#saved = { ...this.#saved, ...part };
    this.#options.save(this.#saved);
    this.#draw();
  }

  #draw(): void {
    const model = this.#model;
    this.#header.update(model);
    this.#drawNotes();
    this.#history.update(model, {
      why: new Set(this.#saved.whyOpen),
      full: new Set(this.#saved.shownInFull),
    });
    this.#composer.update(model, this.#saved);
    if (this.#history.ticking) this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
    this.#followEnd();
  }

  /** Notes and the empty view, if they say something else than before: a note drawn anew is announced anew. */
  #drawNotes(): void {
    const { runtime, agentId, exchanges } = this.#model;
    const { state, stoppedAt, agents } = runtime;
    const key = JSON.stringify([state, stoppedAt, agentId, exchanges.size === 0, agents.map(({ id }) => id)]);
    if (key === this.#drawnNotes) return;
    this.#drawnNotes = key;
    const note = createRuntimeNote(this.#model, {
      startRuntime: () => this.#request('startRuntime', {}),
      showLog: () => this.#request('showLog', {}),
    });
    this.#notes.replaceChildren(...(note ? [note] : []));
    const ask = (id: string, prompt: string) => this.#ask(id, prompt, optionsOf(this.#model));
    this.#empty.replaceChildren(...(exchanges.size === 0 ? [createEmptyView(this.#model, ask)] : []));
  }

  #tick(): void {
    this.#history.tick(Date.now());
    if (this.#history.ticking) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    // The last countdown is over: its button says so now.
    this.#history.update(this.#model, { why: new Set(this.#saved.whyOpen), full: new Set(this.#saved.shownInFull) });
  }

  #followEnd(): void {
    if (this.#saved.scrollTop === null) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** Fonts and custom elements come late and change heights: the view stays where it was, or at the end. */
  #keepPlace(content: HTMLElement): void {
    let restore = this.#saved.scrollTop;
    new ResizeObserver(() => {
      if (restore !== null) this.#scroller.scrollTop = restore;
      restore = null;
      this.#followEnd();
    }).observe(content);
  }

  #onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const atEnd = scrollHeight - clientHeight - scrollTop <= END_PX;
    const next = atEnd ? null : scrollTop;
    if (next === this.#saved.scrollTop) return;
    this.#saved = { ...this.#saved, scrollTop: next };
    this.#options.save(this.#saved);
  }
}

function spokenEnd({ agentId, progress }: Exchange): string {
  switch (progress.kind) {
    case 'done':
      return progress.result.cached === false
        ? t('{0} answered in {1}.', agentId, formatDuration(progress.result.latency_ms))
        : t('{0} answered from the cache in {1}.', agentId, formatDuration(progress.result.latency_ms));
    case 'stopped':
      return t('The answer of {0} was stopped.', agentId);
    default:
      return '';
  }
}

function toggled(ids: readonly string[], id: string): string[] {
  return ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
}
