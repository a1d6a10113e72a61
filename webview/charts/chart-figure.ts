import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import type { ChartSpec, Series } from './chart-spec.ts';
import { chartTable, spokenPoint } from './chart-table.ts';
import { type ChartTheme, onThemeChange, readTheme } from './chart-theme.ts';
import './charts.css';
import { movedCursor } from './cursor.ts';
import { dashText } from './marks.ts';
import { createPlot, dataOf, type PlotPart } from './plot.ts';

/**
 * A chart with its table behind it: a figure that takes the focus, is read point by point with the arrow keys, and shows
 * its table with T. It keeps its element, and with it the focus, over updates.
 */
export class ChartFigure {
  readonly element: HTMLElement = h('figure', { class: 'chart', attributes: { tabindex: '0' } });
  readonly #caption = h('figcaption');
  readonly #canvases = h('div', { class: 'chart-canvases', attributes: { 'aria-hidden': 'true' } });
  readonly #table = h('div', { class: 'chart-table' });
  readonly #tooltip = h('div', { class: 'chart-tooltip', attributes: { 'aria-hidden': 'true' } });
  readonly #spoken = h('div', { class: 'spoken', attributes: { 'aria-live': 'polite' } });
  readonly #toggle = createButton({
    label: t('Show as Table'),
    appearance: 'icon',
    icon: 'table',
    onClick: () => this.#showTable(!this.#asTable),
  });
  #spec: ChartSpec | undefined;
  #theme: ChartTheme | undefined;
  #plots: uPlot[] = [];
  /** What the plots were built for; another one needs new plots. */
  #built = '';
  #cursor: number | null = null;
  #asTable = false;
  #frame = 0;
  #drawnCaption = '';
  readonly #stop: () => void;

  constructor() {
    this.#table.hidden = true;
    this.#tooltip.hidden = true;
    this.element.append(this.#caption, this.#canvases, this.#table, this.#tooltip, this.#spoken);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('blur', () => this.#moveCursor(null));
    this.#canvases.addEventListener('pointermove', (event) => this.#onPointer(event));
    this.#canvases.addEventListener('pointerleave', () => this.#moveCursor(null));
    const resized = new ResizeObserver(() => this.#rebuildLater());
    resized.observe(this.#canvases);
    const stopTheme = onThemeChange(() => this.#rebuildLater());
    this.#stop = () => {
      resized.disconnect();
      stopTheme();
      cancelAnimationFrame(this.#frame);
    };
  }

  update(spec: ChartSpec): void {
    if (spec === this.#spec) return;
    this.#spec = spec;
    if (this.#cursor !== null && this.#cursor >= spec.x.values.length) this.#cursor = null;
    this.#drawCaption(spec);
    if (this.#asTable) this.#drawTable(spec);
    else this.#drawPlots(spec);
  }

  dispose(): void {
    this.#stop();
    for (const plot of this.#plots) plot.destroy();
  }

  /** After a change of size or theme, both at most once a frame. */
  #rebuildLater(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#built = '';
      if (this.#spec && !this.#asTable) this.#drawPlots(this.#spec);
    });
  }

  #drawPlots(spec: ChartSpec): void {
    const width = this.#canvases.clientWidth;
    // Hidden, or not in the page yet: the observer of its size comes back.
    if (width === 0) return;
    const shape = JSON.stringify([width, spec.panes.map(shapeOf)]);
    if (shape === this.#built) {
      for (const [index, plot] of this.#plots.entries()) plot.setData(dataOf(this.#part(index)));
      return;
    }
    this.#built = shape;
    this.#theme = readTheme();
    for (const plot of this.#plots) plot.destroy();
    this.#plots = spec.panes.map((_, index) =>
      createPlot(this.#canvases, width, this.#theme!, () => this.#part(index)),
    );
  }

  #part(index: number): PlotPart {
    const spec = this.#spec!;
    // A plot that is about to be replaced may draw once more.
    const at = Math.min(index, spec.panes.length - 1);
    return { spec, pane: spec.panes[at]!, last: at === spec.panes.length - 1, cursor: this.#cursor };
  }

  #drawCaption({ title, caption, simulated, panes }: ChartSpec): void {
    const legend = panes.flatMap(({ series }) => series).filter(({ kind }) => kind === 'line');
    const key = JSON.stringify([title, caption, simulated, legend.map(({ label, style }) => [label, style])]);
    if (key === this.#drawnCaption) return;
    this.#drawnCaption = key;
    this.element.setAttribute('aria-label', t('{0}, {1}. Arrow keys read it, T shows it as a table.', title, caption));
    this.#caption.replaceChildren(
      h('span', { class: 'chart-title', text: title }),
      h('span', { class: 'small', text: caption }),
      ...(simulated ? [simulatedTag()] : []),
      h('span', { class: 'chart-legend' }, ...(legend.length > 1 ? legend.map(legendItem) : [])),
      this.#toggle.element,
    );
  }

  #drawTable(spec: ChartSpec): void {
    this.#table.replaceChildren(chartTable(spec));
  }

  #showTable(shown: boolean): void {
    if (!this.#spec || shown === this.#asTable) return;
    // The table is as high as the chart: nothing below it moves.
    if (shown) this.#table.style.setProperty('height', `${this.#canvases.clientHeight}px`);
    this.#asTable = shown;
    this.#table.hidden = !shown;
    this.#canvases.hidden = shown;
    this.#toggle.setLabel(shown ? t('Show as Chart') : t('Show as Table'));
    this.#moveCursor(null);
    if (shown) this.#drawTable(this.#spec);
    else this.#rebuildLater();
    this.#spoken.textContent = shown ? t('Shown as a table.') : t('Shown as a chart.');
  }

  #onKey(event: KeyboardEvent): void {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === 't' || key === 'T') this.#showTable(!this.#asTable);
    else if (key === 'Escape' && this.#asTable) this.#showTable(false);
    else if (this.#asTable || event.target !== this.element || !this.#spec) return;
    else {
      const next = movedCursor(key, this.#cursor, this.#spec.x.values.length);
      if (next === undefined) return;
      this.#moveCursor(next);
      this.#spoken.textContent = spokenPoint(this.#spec, next);
    }
    event.preventDefault();
    // Esc in the panel cancels a run: not this one.
    event.stopPropagation();
  }

  #onPointer(event: PointerEvent): void {
    const plot = this.#plots.find(({ over }) => over.contains(event.target as Node));
    const over = plot !== undefined && this.#spec?.x.values.length !== 0;
    this.#moveCursor(over ? plot.posToIdx(event.clientX - plot.over.getBoundingClientRect().left) : null);
  }

  #moveCursor(cursor: number | null): void {
    if (cursor === this.#cursor) return;
    this.#cursor = cursor;
    for (const plot of this.#plots) plot.redraw(false);
    this.#drawTooltip();
  }

  #drawTooltip(): void {
    const spec = this.#spec;
    const plot = this.#plots[0];
    const at = this.#cursor;
    this.#tooltip.hidden = at === null || this.#asTable;
    if (at === null || !spec || !plot) return;
    this.#tooltip.replaceChildren(
      h('div', { class: 'chart-tooltip-x', text: spec.x.format(spec.x.values[at]!) }),
      ...spec.panes.flatMap(({ series }) => series.map((one) => tooltipLine(one, at))),
    );
    // Never outside the figure: on the other side of the cursor where it would be.
    const x = plot.over.offsetLeft + plot.valToPos(spec.x.values[at]!, 'x');
    const { offsetWidth } = this.#tooltip;
    const left = x + 12 + offsetWidth > this.element.clientWidth ? x - 12 - offsetWidth : x + 12;
    this.#tooltip.style.setProperty('left', `${Math.max(0, left)}px`);
    this.#tooltip.style.setProperty('top', `${this.#canvases.offsetTop + 8}px`);
  }
}

const shapeOf = ({ heightPx, y, series, marks }: ChartSpec['panes'][number]) => [
  heightPx,
  y.scale,
  series.map(({ style, kind, labelled }) => [style, kind, labelled]),
  marks.some(({ kind }) => kind === 'line' || kind === 'ceiling'),
];

/** Stands wherever a figure of the simulated engine stands. */
export function simulatedTag(): HTMLElement {
  return h('span', { class: 'tag simulated' }, icon('beaker'), t('simulated'));
}

function legendItem({ label, style }: Series): HTMLElement {
  return h('span', { class: 'chart-key' }, swatch(style), label);
}

function tooltipLine({ label, unit, style, values, format }: Series, index: number): HTMLElement {
  const value = values[index] ?? null;
  const text = value === null ? '–' : `${format(value)} ${unit}`.trim();
  return h('div', { class: 'chart-tooltip-line' }, swatch(style), h('span', { text: label }), h('span', { text }));
}

const SVG = 'http://www.w3.org/2000/svg';

/** The line of a series: its colour and its dash pattern. */
function swatch(style: Series['style']): Element {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ width: '20', height: '8', viewBox: '0 0 20 8', class: `key ${style}` }))
    svg.setAttribute(name, value);
  const line = document.createElementNS(SVG, 'line');
  const dash = dashText(style);
  const attributes = { x1: '0', y1: '4', x2: '20', y2: '4', ...(dash ? { 'stroke-dasharray': dash } : {}) };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, value);
  svg.append(line);
  return svg;
}
