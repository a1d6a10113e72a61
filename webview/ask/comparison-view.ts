import type { AskRuntime, Comparison, ComparisonColumn } from '../../runtime/contracts/ask-panel.ts';
import { formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { type Child, h, icon, spoken } from '../ui/elements.ts';
import { keepingFocus } from '../ui/keeping-focus.ts';
import { createNote } from '../ui/note.ts';
import { drawAnswerParts } from './answer-view.ts';
import { columnLines, columnName, comparedRows, referenceOf } from './compare-facts.ts';
import type { EntryView } from './entry-list.ts';
import { failureFacts } from './failure-text.ts';
import { isComparing } from './model.ts';

export interface ComparisonActions {
  copyColumn(comparison: Comparison, adapter: string | null): void;
  closeColumn(comparison: Comparison, adapter: string | null): void;
  /** Makes it the adapter of the agent that was chosen. */
  useAdapter(comparison: Comparison, adapter: string | null): void;
}

/** One prompt and the answers of several adapters, side by side. */
export class ComparisonView implements EntryView<Comparison, AskRuntime> {
  readonly element: HTMLElement = h('article', { class: 'comparison', attributes: { tabindex: '-1' } });
  readonly #actions: ComparisonActions;
  /** The lines at the foot of the columns that run. */
  #running: { column: ComparisonColumn; lines: HTMLElement }[] = [];
  #comparison: Comparison;

  constructor(comparison: Comparison, actions: ComparisonActions) {
    this.#comparison = comparison;
    this.#actions = actions;
    this.#draw();
  }

  get ticking(): boolean {
    return isComparing(this.#comparison);
  }

  update(comparison: Comparison): void {
    if (comparison === this.#comparison) return;
    this.#comparison = comparison;
    keepingFocus(this.element, () => this.#draw());
  }

  tick(nowMs: number): void {
    for (const { column, lines } of this.#running) drawLines(lines, column, this.#comparison, nowMs);
  }

  #draw(): void {
    const { prompt, askedAt, columns } = this.#comparison;
    const when = formatTime(askedAt);
    this.#running = [];
    this.element.setAttribute('aria-label', t('{0} adapters compared, asked at {1}', columns.length, when));
    this.element.setAttribute('aria-busy', String(this.ticking));
    this.element.replaceChildren(
      h(
        'header',
        { class: 'prompt' },
        icon('account'),
        h('h2', {}, spoken(t('You asked:')), prompt),
        h('span', { class: 'when', text: when }),
      ),
      h('div', { class: 'columns' }, ...columns.map((column) => this.#column(column))),
      this.#table(),
    );
  }

  #column(column: ComparisonColumn): HTMLElement {
    const { progress } = column;
    const lines = h('div', { class: 'column-lines' });
    if (progress.kind === 'running') this.#running.push({ column, lines });
    drawLines(lines, column, this.#comparison, Date.now());
    return h(
      'section',
      { class: 'compared', attributes: { 'aria-label': columnName(column) } },
      h(
        'header',
        {},
        h('h3', { text: column.adapter ?? t('base model') }),
        column.current && h('span', { class: 'chip quiet', text: t('current') }),
        column.loadedForThis && h('span', { class: 'chip quiet', text: t('loaded for this') }),
        this.#tools(column),
      ),
      h('div', { class: 'compared-answer' }, ...answerOf(column)),
      h('footer', {}, progress.kind === 'running' && icon('loading', { spin: true }), lines),
    );
  }

  #tools({ adapter, progress, current }: ComparisonColumn): HTMLElement {
    const name = adapter ?? t('base model');
    const { agentId } = this.#comparison;
    const use =
      agentId === null || adapter === null || current
        ? undefined
        : createButton({
            label: t('Use This Adapter for {0}', agentId),
            appearance: 'icon',
            icon: 'check',
            key: `use:${adapter}`,
            onClick: () => this.#actions.useAdapter(this.#comparison, adapter),
          });
    const copy = createButton({
      label: t('Copy the Answer of {0}', name),
      appearance: 'icon',
      icon: 'copy',
      key: `copy:${adapter ?? ''}`,
      onClick: () => this.#actions.copyColumn(this.#comparison, adapter),
    });
    const close = createButton({
      label: t('Take {0} out of the Comparison', name),
      appearance: 'icon',
      icon: 'close',
      key: `close:${adapter ?? ''}`,
      onClick: () => this.#actions.closeColumn(this.#comparison, adapter),
    });
    if (progress.kind !== 'done') copy.setDisabled(t('There is nothing to copy.'));
    if (this.#comparison.columns.length === 1) close.setDisabled(t('The last column stays.'));
    return h('span', { class: 'tools' }, use?.element, copy.element, close.element);
  }

  #table(): HTMLElement {
    const reference = referenceOf(this.#comparison);
    const heads = [
      t('Latency'),
      t('First token'),
      t('Adapter load'),
      t('Tokens out'),
      t('Tokens/s'),
      t('Overlap with {0}', reference?.adapter ?? t('base model')),
    ];
    const rows = comparedRows(this.#comparison).map((row) => [
      row.latency,
      row.firstToken,
      row.adapterLoad,
      row.tokensOut,
      row.tokensPerSecond,
      row.overlap,
    ]);
    const names = this.#comparison.columns.map(columnName);
    return h(
      'div',
      { class: 'table-scroller', attributes: { tabindex: '0', role: 'region', 'aria-label': t('Side by side') } },
      h(
        'table',
        {},
        h('caption', { text: t('Side by side') }),
        h('thead', {}, h('tr', {}, columnHead(t('Adapter')), ...heads.map(columnHead))),
        h('tbody', {}, ...rows.map((cells, index) => tableRow(names[index]!, cells))),
      ),
    );
  }
}

function answerOf({ progress }: ComparisonColumn): Child[] {
  switch (progress.kind) {
    case 'done':
      return drawAnswerParts(progress.answer.response ?? '');
    case 'failed': {
      const { failure } = progress;
      const detail = [`${failure.message} (${failureFacts(failure).join(', ')})`];
      return [createNote({ kind: 'error', title: t('There is no answer.'), detail })];
    }
    case 'stopped':
      return [h('span', { class: 'quiet', text: t('Stopped.') })];
    case 'running':
      return [h('span', { class: 'quiet', text: t('Answering…') })];
  }
}

function drawLines(element: HTMLElement, column: ComparisonColumn, comparison: Comparison, nowMs: number): void {
  element.replaceChildren(...columnLines(column, comparison, nowMs).map((text) => h('div', { text })));
}

const columnHead = (text: string) => h('th', { text, attributes: { scope: 'col' } });

function tableRow(name: string, cells: readonly string[]): HTMLElement {
  return h('tr', {}, h('th', { text: name, attributes: { scope: 'row' } }), ...cells.map((text) => h('td', { text })));
}
