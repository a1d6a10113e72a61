import uPlot from 'uplot';
import type { ChartSpec, Pane } from './chart-spec.ts';
import { type ChartTheme, DASHES } from './chart-theme.ts';
import { drawCursor, drawEndLabels, drawOver, drawUnder, SMALL_PX } from './marks.ts';

/** The same for all, so that charts one above the other align. */
const LEFT_AXIS_PX = 52;
const BOTTOM_AXIS_PX = 22;
/** Room for what stands above the plot, and at the ends of lines. */
const TOP_PX = 8;
const TOP_LABEL_PX = 20;
const RIGHT_PX = 24;
const END_LABEL_PX = 48;

export interface PlotPart {
  spec: ChartSpec;
  pane: Pane;
  /** The last one has the labels of x. */
  last: boolean;
  /** Index of the point under the cursor. */
  cursor: number | null;
}

/** One pane on its canvas. What it draws is asked of `part` each time: new data needs no new plot. */
export function createPlot(host: HTMLElement, widthPx: number, theme: ChartTheme, part: () => PlotPart): uPlot {
  const { pane, last } = part();
  const labelled = pane.series.some((series) => series.labelled);
  const topped = pane.marks.some(({ kind }) => kind === 'line' || kind === 'ceiling');
  const font = `${SMALL_PX}px ${theme.font}`;
  const grid = { stroke: transparent(theme.text, 0.14), width: 1 };
  const axis = { stroke: theme.quiet, font, ticks: { show: false }, grid };
  const options: uPlot.Options = {
    width: widthPx,
    height: pane.heightPx,
    padding: [topped ? TOP_LABEL_PX : TOP_PX, labelled ? END_LABEL_PX : RIGHT_PX, last ? 0 : 4, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => [part().spec.x.min, part().spec.x.max] },
      y: {
        distr: pane.y.scale === 'log' ? 3 : 1,
        range: () => [part().pane.y.min, part().pane.y.max],
      },
    },
    axes: [
      {
        ...axis,
        size: last ? BOTTOM_AXIS_PX : 0,
        gap: 4,
        splits: () => [...part().spec.x.splits],
        values: (_plot, splits) => splits.map((split) => (last ? part().spec.x.format(split) : '')),
      },
      {
        ...axis,
        size: LEFT_AXIS_PX,
        gap: 4,
        splits: () => [...part().pane.y.splits],
        // Of a logarithmic axis only powers of ten would be labelled.
        filter: (_plot, splits) => splits,
        values: (_plot, splits) => splits.map((split) => part().pane.y.format(split)),
      },
    ],
    series: [{}, ...pane.series.map((series) => seriesOptions(series, theme))],
    hooks: {
      drawClear: [(plot) => drawUnder(plot, part().pane.marks, theme)],
      draw: [
        (plot) => {
          const { spec, pane: now, cursor } = part();
          drawOver(plot, now.marks, theme);
          drawEndLabels(plot, now.series, spec.x.values, theme);
          if (cursor !== null) drawCursor(plot, spec.x.values[cursor]!, theme);
        },
      ],
    },
  };
  return new uPlot(options, dataOf(part()), host);
}

export function dataOf({ spec, pane }: PlotPart): uPlot.AlignedData {
  return [[...spec.x.values], ...pane.series.map(({ values }) => [...values])];
}

function seriesOptions({ style, kind }: Pane['series'][number], theme: ChartTheme): uPlot.Series {
  const color = theme.series[style];
  // A line needs two points: the first one alone is a dot.
  const points = { show: (plot: uPlot, index: number) => isAlone(plot.data[index] as (number | null)[]) };
  if (kind === 'bars') {
    const fill = transparent(color, 0.6);
    return { stroke: color, fill, width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.9, 64] }) };
  }
  const line = { stroke: color, width: 2, dash: DASHES[style], spanGaps: false, points };
  return kind === 'area' ? { ...line, width: 1.5, fill: transparent(color, 0.15) } : line;
}

/** Whether there is one value. Asked with each drawing: a long series is told from one by its first two. */
function isAlone(values: readonly (number | null)[]): boolean {
  const first = values.findIndex((value) => value !== null);
  return first >= 0 && values.findIndex((value, index) => index > first && value !== null) < 0;
}

/** A canvas does not understand `color-mix()`: its own reading of the colour gets the transparency. */
function transparent(color: string, alpha: number): string {
  const ctx = document.createElement('canvas').getContext('2d')!;
  ctx.fillStyle = color;
  const [red, green, blue] = channels(ctx.fillStyle);
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

/** @param color `#rrggbb`, or `rgba(r, g, b, a)` of one that is transparent already */
function channels(color: string): number[] {
  if (color.startsWith('#')) return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
