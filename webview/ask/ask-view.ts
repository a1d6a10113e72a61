import type {
  AskOptions,
  AskPanelContract,
  AskRuntime,
  Comparison,
  EventOf,
  Exchange,
} from '../../runtime/contracts/ask-panel.ts';
import type { Params } from '../../runtime/contracts/panel-rpc.ts';
import { formatDuration } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import type { RpcClient } from '../rpc/client.ts';
import { h } from '../ui/elements.ts';
import { ComparisonView } from './comparison-view.ts';
import { createComposer } from './composer.ts';
import { EntryList } from './entry-list.ts';
import { type ExchangeContext, ExchangeView } from './exchange-view.ts';
import { createHeader } from './header.ts';
import {
  type AskModel,
  comparedOf,
  isComparing,
  isUnfinished,
  lastPrompt,
  type Mode,
  type Opened,
  openModel,
  optionsOf,
  shownCount,
  unfinished,
  withChoice,
  withComparison,
  withExchange,
  withoutEntries,
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

/** The whole panel: one scroller with header, what was asked, and composer. */
export class AskView {
  readonly #options: AskViewOptions;
  readonly #scroller = h('div', { class: 'scroller' });
  readonly #main = h('main', { class: 'column' });
  readonly #notes = h('div', { class: 'column' });
  readonly #empty = h('div');
  readonly #status = h('div', { class: 'spoken', attributes: { role: 'status' } });
  readonly #header = createHeader({
    select: (agentId) => this.#choose({ agentId }),
    setMode: (mode) => this.#choose({ mode }),
    export: () => this.#request('export', {}),
    clear: () => this.#request('clear', {}),
  });
  readonly #exchanges = new EntryList<Exchange, ExchangeContext>(
    (exchange, context) =>
      new ExchangeView(exchange, context, {
        copy: ({ id }) => this.#request('copy', { id }),
        askAgain: ({ agentId, prompt, options }) => this.#ask(agentId, prompt, options),
        askUncached: ({ agentId, prompt, options }) => this.#ask(agentId, prompt, { ...options, useCache: false }),
        showTrace: (traceId) => this.#request('showTrace', { traceId }),
        forgetEntry: ({ id }) => this.#request('forgetEntry', { id }),
        stop: ({ id }) => this.#request('stop', { id }),
        toggleWhy: ({ id }) => this.#save({ whyOpen: toggled(this.#saved.whyOpen, id) }),
        toggleFull: ({ id }) => this.#save({ shownInFull: toggled(this.#saved.shownInFull, id) }),
        openConfig: () => this.#request('openConfig', {}),
        openDeadlineSetting: () => this.#request('openSetting', { key: 'aos.ask.deadlineSeconds' }),
        resetBreaker: () => this.#request('resetBreaker', {}),
        startRuntime: () => this.#request('startRuntime', {}),
        showLog: () => this.#request('showLog', {}),
      }),
  );
  readonly #comparisons = new EntryList<Comparison, AskRuntime>(
    (comparison) =>
      new ComparisonView(comparison, {
        copyColumn: ({ id }, adapter) => this.#request('copyColumn', { id, adapter }),
        closeColumn: ({ id }, adapter) => this.#request('closeColumn', { id, adapter }),
        useAdapter: ({ id }, adapter) => this.#request('useAdapter', { id, adapter }),
      }),
  );
  readonly #composer = createComposer({
    input: (prompt) => this.#save({ prompt }),
    options: (options) => this.#setOptions(options),
    compared: (compared) => this.#choose({ compared }),
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
    this.#main.append(this.#empty, this.#exchanges.element, this.#comparisons.element);
    const top = h('div', { class: 'top' }, this.#header.element, this.#notes);
    this.#scroller.append(top, this.#main, this.#composer.element, this.#status);
    options.root.replaceChildren(this.#scroller);
    this.#listen();
    this.#draw();
    this.#keepPlace(this.#main);
    this.#tellSelected();
    this.#composer.focus();
  }

  #listen(): void {
    const { rpc } = this.#options;
    rpc.on('runtime', (runtime) => this.#set(withRuntime(this.#model, runtime)));
    rpc.on('exchange', (exchange) => this.#onExchange(exchange));
    rpc.on('comparison', (comparison) => this.#onComparison(comparison));
    rpc.on('token', (token) => this.#set(withToken(this.#model, token)));
    rpc.on('removed', ({ ids }: EventOf<'removed'>) => this.#set(withoutEntries(this.#model, ids)));
    rpc.on('defaults', (defaults) => this.#set({ ...this.#model, defaults }));
    rpc.on('select', (choice) => {
      const { mode, agentId, compared } = withChoice(this.#model, choice);
      this.#choose({ mode, agentId, compared });
      this.#composer.focus();
    });
    this.#scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    document.addEventListener('keydown', (event) => this.#onKey(event));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#askPrompt();
    else if (event.key === 'Escape') this.#stopLast();
    else if (event.altKey && event.key === 'ArrowUp') this.#shown().walk(-1);
    else if (event.altKey && event.key === 'ArrowDown') this.#shown().walk(1);
    else if (event.key === 'ArrowUp' && this.#isInPrompt() && this.#saved.prompt === '') this.#takeLastPrompt();
    else return;
    event.preventDefault();
  }

  #shown() {
    return this.#model.mode === 'compare' ? this.#comparisons : this.#exchanges;
  }

  #isInPrompt(): boolean {
    return document.activeElement?.tagName === 'VSCODE-TEXT-AREA';
  }

  #takeLastPrompt(): void {
    const prompt = lastPrompt(this.#model);
    if (prompt !== undefined) this.#save({ prompt });
  }

  /** Whom to ask, and how: part of what survives a reload, and of the tab's title. */
  #choose(part: { agentId?: string | null; mode?: Mode; compared?: readonly (string | null)[] | null }): void {
    this.#model = { ...this.#model, ...part };
    const { agentId, mode, compared } = this.#model;
    // Another mode shows other entries: from their end.
    const scrollTop = mode === this.#saved.mode ? this.#saved.scrollTop : null;
    this.#save({ agentId, mode, compared: compared && [...compared], scrollTop });
    this.#tellSelected();
  }

  #tellSelected(): void {
    const { mode, agentId } = this.#model;
    this.#request('selected', { agentId, adapters: mode === 'compare' ? comparedOf(this.#model) : null });
  }

  #setOptions(options: AskOptions): void {
    this.#set({ ...this.#model, options });
    this.#save({ options });
  }

  #askPrompt(): void {
    const { runtime, mode, agentId } = this.#model;
    const { prompt } = this.#saved;
    const possible = runtime.state === 'running' && (mode === 'compare' || agentId !== null);
    if (possible && prompt.trim() !== '') {
      this.#askShown(agentId, prompt);
      this.#save({ prompt: '' });
    }
    this.#composer.focus();
  }

  /** Asks in the mode that is shown. */
  #askShown(agentId: string | null, prompt: string): void {
    const options = optionsOf(this.#model);
    if (this.#model.mode === 'compare') this.#compare(agentId, prompt, options);
    else if (agentId !== null) this.#ask(agentId, prompt, options);
  }

  #ask(agentId: string, prompt: string, options: AskOptions): void {
    // Whoever asks wants to see the answer.
    this.#save({ scrollTop: null });
    this.#request('ask', { agentId, prompt, options });
  }

  #compare(agentId: string | null, prompt: string, options: AskOptions): void {
    this.#save({ scrollTop: null });
    this.#request('compare', { agentId, adapters: comparedOf(this.#model), prompt, options });
  }

  #stopLast(): void {
    const id = unfinished(this.#model).at(-1);
    if (id !== undefined) this.#request('stop', { id });
  }

  #onExchange(exchange: Exchange): void {
    const before = this.#model.exchanges.get(exchange.id);
    this.#set(withExchange(this.#model, exchange));
    const ended = before && isUnfinished(before.progress) && !isUnfinished(exchange.progress);
    if (ended) this.#status.textContent = spokenEnd(exchange);
  }

  #onComparison(comparison: Comparison): void {
    const before = this.#model.comparisons.get(comparison.id);
    this.#set(withComparison(this.#model, comparison));
    if (before && isComparing(before) && !isComparing(comparison))
      this.#status.textContent = t('All adapters have answered.');
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
    this.#scroller.classList.toggle('comparing', model.mode === 'compare');
    this.#exchanges.element.hidden = model.mode === 'compare';
    this.#comparisons.element.hidden = model.mode !== 'compare';
    this.#drawEntries();
    this.#composer.update(model, this.#saved);
    if (this.#ticking) this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
    this.#followEnd();
  }

  #drawEntries(): void {
    const { runtime, agentId, exchanges, comparisons } = this.#model;
    const whyOpen = new Set(this.#saved.whyOpen);
    const shownInFull = new Set(this.#saved.shownInFull);
    this.#exchanges.update(exchanges, ({ id }) => ({
      runtime,
      agentId,
      whyOpen: whyOpen.has(id),
      shownInFull: shownInFull.has(id),
    }));
    this.#comparisons.update(comparisons, () => runtime);
  }

  /** Notes and the empty view, if they say something else than before: a note drawn anew is announced anew. */
  #drawNotes(): void {
    const { runtime, agentId, mode } = this.#model;
    const { state, stoppedAt, agents } = runtime;
    const empty = shownCount(this.#model) === 0;
    const key = JSON.stringify([state, stoppedAt, agentId, mode, empty, agents.map(({ id }) => id)]);
    if (key === this.#drawnNotes) return;
    this.#drawnNotes = key;
    const note = createRuntimeNote(this.#model, {
      startRuntime: () => this.#request('startRuntime', {}),
      showLog: () => this.#request('showLog', {}),
    });
    this.#notes.replaceChildren(...(note ? [note] : []));
    const ask = (id: string, prompt: string) => this.#askShown(id, prompt);
    this.#empty.replaceChildren(...(empty ? [createEmptyView(this.#model, ask)] : []));
  }

  get #ticking(): boolean {
    return this.#exchanges.ticking || this.#comparisons.ticking;
  }

  #tick(): void {
    this.#exchanges.tick(Date.now());
    this.#comparisons.tick(Date.now());
    if (this.#ticking) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    // The last countdown is over: its button says so now.
    this.#drawEntries();
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
