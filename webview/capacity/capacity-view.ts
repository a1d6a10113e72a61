import type { CapacityPanelContract, CapacityState } from '../../runtime/contracts/capacity-panel.ts';
import type { Params } from '../../runtime/contracts/panel-rpc.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { t } from '../l10n.ts';
import type { RpcClient } from '../rpc/client.ts';
import { createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import { keepingFocus } from '../ui/keeping-focus.ts';
import { createAdvice, createBlockingNote, createPractices } from './advice-list.ts';
import { createHosting, createOtherSavings } from './alternatives.ts';
import { createComparison } from './comparison.ts';
import { createHeader } from './header.ts';
import { createHeadline, spokenHeadline } from './headline.ts';
import { createInputsPane } from './inputs-pane.ts';
import { createMoneyChart } from './money-chart.ts';
import { createNeedsTable } from './needs-table.ts';
import { createRanges } from './ranges.ts';
import type { SavedState } from './saved-state.ts';
import { createSharing } from './sharing.ts';
import { createTornado } from './tornado.ts';

type Requests = CapacityPanelContract['requests'];

export interface CapacityViewOptions {
  rpc: RpcClient<CapacityPanelContract>;
  root: HTMLElement;
  state: CapacityState;
  saved: SavedState;
  save(state: SavedState): void;
  onError(error: unknown): void;
}

/** The whole panel: header, inputs, results. */
export class CapacityView {
  readonly #options: CapacityViewOptions;
  readonly #notice = h('div', { class: 'notice', attributes: { role: 'status' } });
  readonly #results = h('main', { class: 'results' });
  readonly #spoken = h('div', { class: 'spoken', attributes: { 'aria-live': 'polite' } });
  readonly #header = createHeader({
    choosePlan: () => this.#request('choosePlan', {}),
    compare: () => this.#request('compare', {}),
    stopComparing: () => this.#request('keep', { plan: this.#state.plan.id }),
    useBenchmark: () => this.#request('useBenchmark', {}),
    refreshPrices: () => this.#request('refreshPrices', {}),
    useForDeployment: () =>
      this.#request('useForDeployment', { plan: (this.#state.comparing?.plan ?? this.#state.plan).id }),
  });
  readonly #inputs: ReturnType<typeof createInputsPane>;
  #state: CapacityState;
  /** Something was typed into the field that has the focus. */
  #typed = false;
  #saved: SavedState;

  constructor(options: CapacityViewOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#saved = options.saved;
    this.#inputs = createInputsPane(options.saved, {
      set: (plan, key, value) => this.#request('setInput', { plan, key, value }),
      reset: (plan, key) => this.#request('reset', { plan, key }),
      edit: (side) => this.#request('edit', { side }),
      save: (part) => this.#save(part),
      invalid: (any) => this.#results.classList.toggle('dimmed', any),
    });
    const top = h('div', { class: 'top' }, this.#header.element, this.#notice);
    options.root.replaceChildren(h('div', { class: 'page' }, top, this.#inputs.element, this.#results, this.#spoken));
    options.rpc.on('state', (state) => {
      this.#state = state;
      this.#draw();
    });
    document.addEventListener('keydown', (event) => this.#onKey(event));
    document.addEventListener('input', () => (this.#typed = true));
    document.addEventListener('focusin', () => (this.#typed = false));
    this.#draw();
    this.#keepPlaces();
  }

  #draw(): void {
    const { plan, comparing, notice } = this.#state;
    const edited = comparing?.editing === 'b' ? comparing.plan : plan;
    this.#header.update(this.#state);
    this.#inputs.update(edited, comparing && { a: plan.letter, b: comparing.plan.letter, side: comparing.editing });
    keepingFocus(this.#results, () =>
      this.#results.replaceChildren(
        ...(comparing
          ? [createComparison(plan, comparing.plan, (id) => this.#request('keep', { plan: id }))]
          : this.#resultsOf(plan)),
      ),
    );
    this.#drawNotice(notice);
    const said = spokenHeadline(edited);
    if (this.#spoken.textContent !== said) this.#spoken.textContent = said;
  }

  #resultsOf(plan: ShownPlan): HTMLElement[] {
    const apply = (check: string) => this.#request('applyFix', { plan: plan.id, check });
    const blocking = createBlockingNote(plan, apply);
    const practices = createPractices(plan, apply);
    return [
      createHeadline(plan),
      ...(blocking ? [blocking] : []),
      createNeedsTable(plan),
      createAdvice(plan, apply),
      h(
        'div',
        { class: 'side-by-side' },
        createMoneyChart(plan, this.#saved.moneyTable, (moneyTable) => {
          this.#save({ moneyTable });
          this.#draw();
        }),
        createSharing(plan),
      ),
      createTornado(plan),
      createRanges(plan),
      this.#folded('practices', practices.title, practices.content),
      this.#folded('savings', t('Other savings of the guide'), createOtherSavings(plan)),
      this.#folded('hosting', t('Other places to run it'), createHosting(plan)),
    ];
  }

  /** A section that is closed until someone opens it. */
  #folded(id: string, title: string, content: HTMLElement): HTMLElement {
    const summary = h('summary', {}, icon('chevron-right'), h('h2', { text: title }));
    summary.dataset.key = id;
    const details = h('details', {}, summary, content);
    details.open = this.#saved.open.includes(id);
    details.addEventListener('toggle', () => {
      const others = this.#saved.open.filter((one) => one !== id);
      this.#save({ open: details.open ? [...others, id] : others });
    });
    return details;
  }

  #drawNotice(notice: CapacityState['notice']): void {
    this.#notice.hidden = notice === null;
    this.#notice.classList.toggle('warning', notice?.kind === 'warning');
    if (!notice) return;
    const undo = createLink({ label: t('Undo'), key: 'undo', onClick: () => this.#request('undo', {}) });
    const dismiss = h(
      'button',
      { class: 'dismiss', title: t('Dismiss'), attributes: { type: 'button' } },
      icon('close'),
    );
    dismiss.setAttribute('aria-label', t('Dismiss'));
    dismiss.addEventListener('click', () => this.#request('dismissNotice', {}));
    const parts = [icon(notice.kind), h('span', { text: notice.text }), ...(notice.undo ? [undo] : []), dismiss];
    keepingFocus(this.#notice, () => this.#notice.replaceChildren(...parts));
    // The button that was pressed is gone with what it repaired.
    if (notice.undo && document.activeElement === document.body) undo.focus();
  }

  #onKey(event: KeyboardEvent): void {
    const isField = event.target instanceof HTMLElement && event.target.closest('vscode-text-field') !== null;
    if (event.key === '/' && !isField) {
      event.preventDefault();
      this.#save({ inputsOpen: true });
      this.#inputs.focusFilter();
    }
    // In a field that was typed into, the keys undo the typing.
    else if (event.key === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !(isField && this.#typed)) {
      event.preventDefault();
      // VS Code would undo what was typed last, wherever that was.
      event.stopPropagation();
      this.#request('undo', {});
    }
  }

  #keepPlaces(): void {
    const places = [
      { element: this.#inputs.scroller, key: 'inputsTop' },
      { element: this.#results, key: 'resultsTop' },
    ] as const;
    for (const { element, key } of places) {
      element.scrollTop = this.#saved[key];
      element.addEventListener('scroll', () => this.#save({ [key]: element.scrollTop }), { passive: true });
    }
  }

  #save(part: Partial<SavedState>): void {
    this.#saved = { ...this.#saved, ...part };
    this.#options.save(this.#saved);
  }

  #request<M extends keyof Requests & string>(method: M, params: Params<CapacityPanelContract, M>): void {
    this.#options.rpc.request(method, params).catch((error: unknown) => {
      this.#options.onError(error);
      this.#drawNotice({ kind: 'warning', text: error instanceof Error ? error.message : String(error), undo: false });
    });
  }
}
