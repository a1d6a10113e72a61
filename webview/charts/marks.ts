import type uPlot from 'uplot';
import type { Mark, Series } from './chart-spec.ts';
import { type ChartTheme, DASHES } from './chart-theme.ts';

/** Text of axes and labels, CSS px: 0.846 of the font size. */
export const SMALL_PX = 11;
const LABEL_GAP_PX = 13;

/** Targets that lie under the grid. */
export function drawUnder(plot: uPlot, marks: readonly Mark[], theme: ChartTheme): void {
  for (const mark of marks) {
    if (mark.kind === 'band') drawBand(plot, mark, theme);
    else if (mark.kind === 'hatch') drawHatch(plot, mark, theme);
  }
}

/** What lies over the series. */
export function drawOver(plot: uPlot, marks: readonly Mark[], theme: ChartTheme): void {
  for (const mark of marks) {
    if (mark.kind === 'ceiling') drawCeiling(plot, mark, theme);
    else if (mark.kind === 'line') drawLine(plot, mark, theme);
    else if (mark.kind === 'band') drawBandLabel(plot, mark, theme);
  }
}

/** The name of each line at its end, pushed apart where two would meet. */
export function drawEndLabels(plot: uPlot, series: readonly Series[], xs: readonly number[], theme: ChartTheme): void {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const labels = series
    .filter(({ labelled }) => labelled)
    .flatMap(({ label, style, values }) => {
      const last = values.findLastIndex((value) => value !== null);
      if (last < 0) return [];
      const y = plot.valToPos(values[last]!, 'y', true);
      return [{ label, color: theme.series[style], x: plot.valToPos(xs[last]!, 'x', true), y }];
    })
    .sort((a, b) => a.y - b.y);
  within(plot, false, () => {
    setFont(ctx, theme);
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    const places = spread(
      labels.map(({ y }) => y),
      { gap: LABEL_GAP_PX * ratio, end: plot.bbox.top + plot.bbox.height },
    );
    for (const [index, { label, color, x }] of labels.entries()) {
      ctx.fillStyle = color;
      ctx.fillText(label, x + 6 * ratio, places[index]!);
    }
  });
}

/** Pushes rising places apart, downwards; those that would leave at the end are pushed back. */
export function spread(places: readonly number[], { gap, end }: { gap: number; end: number }): number[] {
  const pushed: number[] = [];
  for (const place of places) pushed.push(Math.max(place, (pushed.at(-1) ?? Number.NEGATIVE_INFINITY) + gap));
  let limit = Math.max(end, places.at(-1) ?? end);
  for (let index = pushed.length - 1; index >= 0; index--) {
    pushed[index] = Math.min(pushed[index]!, limit);
    limit = pushed[index]! - gap;
  }
  return pushed;
}

/** Where the cursor is. */
export function drawCursor(plot: uPlot, x: number, theme: ChartTheme): void {
  within(plot, true, () => {
    const at = Math.round(plot.valToPos(x, 'x', true));
    stroke(plot, theme.text, [], () => vertical(plot, at, plot.bbox.top, plot.bbox.top + plot.bbox.height));
  });
}

function drawBand(plot: uPlot, { from, to, judged }: Extract<Mark, { kind: 'band' }>, theme: ChartTheme): void {
  within(plot, true, () => {
    const { ctx, bbox } = plot;
    const [top, bottom] = [plot.valToPos(to, 'y', true), plot.valToPos(from, 'y', true)];
    const color = judged ? theme.target : theme.quiet;
    ctx.globalAlpha = 0.1;
    ctx.fillStyle = color;
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    ctx.globalAlpha = 1;
    stroke(plot, color, [4, 3], () => {
      for (const y of [top, bottom]) horizontal(plot, y, bbox.left, bbox.left + bbox.width);
    });
  });
}

function drawBandLabel(plot: uPlot, mark: Extract<Mark, { kind: 'band' }>, theme: ChartTheme): void {
  if (mark.label === '') return;
  within(plot, true, () => {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    setFont(ctx, theme);
    const width = ctx.measureText(mark.label).width;
    const [x, y] = [bbox.left + 8 * ratio, Math.max(plot.valToPos(mark.to, 'y', true), bbox.top) + 10 * ratio];
    ctx.fillStyle = theme.background;
    ctx.fillRect(x - 3 * ratio, y - 8 * ratio, width + 6 * ratio, 16 * ratio);
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillStyle = mark.judged ? theme.target : theme.quiet;
    ctx.fillText(mark.label, x, y);
  });
}

function drawCeiling(plot: uPlot, mark: Extract<Mark, { kind: 'ceiling' }>, theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const [x, y] = [plot.valToPos(mark.x, 'x', true), plot.valToPos(mark.y, 'y', true)];
  if (y < bbox.top - 1) return;
  const color = mark.judged ? theme.target : theme.quiet;
  within(plot, false, () => {
    stroke(plot, color, [4, 3], () => vertical(plot, x, y, bbox.top + bbox.height));
    stroke(plot, color, [], () => horizontal(plot, y, x - 18 * ratio, x + 18 * ratio), 2);
    setFont(ctx, theme);
    ctx.fillStyle = color;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'bottom';
    // The label of a percentile near the edge stays inside.
    const half = ctx.measureText(mark.label).width / 2;
    ctx.fillText(mark.label, Math.max(x, bbox.left + half), y - 4 * ratio);
  });
}

function drawLine(plot: uPlot, mark: Extract<Mark, { kind: 'line' }>, theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(mark.x, 'x', true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const color = theme.series[mark.style];
  within(plot, false, () => {
    stroke(plot, color, [4, 3], () => vertical(plot, x, bbox.top, bbox.top + bbox.height));
    setFont(ctx, theme);
    ctx.fillStyle = color;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'bottom';
    ctx.fillText(mark.label, x, bbox.top - 3 * devicePixelRatio);
  });
}

const HATCH_PX = 6;

function drawHatch(plot: uPlot, { from, label }: Extract<Mark, { kind: 'hatch' }>, theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const left = Math.max(bbox.left, plot.valToPos(from, 'x', true));
  const right = bbox.left + bbox.width;
  const bottom = bbox.top + bbox.height;
  if (left >= right) return;
  within(plot, true, () => {
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.globalAlpha = 0.3;
    stroke(plot, theme.quiet, [], () => {
      for (let x = left - bbox.height; x < right; x += HATCH_PX * ratio) {
        ctx.moveTo(x, bottom);
        ctx.lineTo(x + bbox.height, bbox.top);
      }
    });
    ctx.globalAlpha = 1;
    setFont(ctx, theme);
    const width = Math.max(...label.map((line) => ctx.measureText(line).width));
    if (width + 8 * ratio > right - left) return;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    label.forEach((line, index) => {
      const y = bottom - (label.length - index) * 15 * ratio;
      ctx.fillStyle = theme.background;
      ctx.fillRect((left + right - width) / 2 - 3 * ratio, y - 8 * ratio, width + 6 * ratio, 16 * ratio);
      ctx.fillStyle = theme.quiet;
      ctx.fillText(line, (left + right) / 2, y);
    });
  });
}

/** Leaves the canvas as it was. @param clipped nothing outside the plot is touched */
function within({ ctx, bbox }: uPlot, clipped: boolean, draw: () => void): void {
  ctx.save();
  if (clipped) {
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
  }
  draw();
  ctx.restore();
}

function stroke({ ctx }: uPlot, color: string, dash: readonly number[], path: () => void, widthPx = 1): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = widthPx * devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  path();
  ctx.stroke();
}

function vertical({ ctx }: uPlot, x: number, from: number, to: number): void {
  ctx.moveTo(x, from);
  ctx.lineTo(x, to);
}

function horizontal({ ctx }: uPlot, y: number, from: number, to: number): void {
  ctx.moveTo(from, y);
  ctx.lineTo(to, y);
}

function setFont(ctx: CanvasRenderingContext2D, { font }: ChartTheme): void {
  ctx.font = `${SMALL_PX * devicePixelRatio}px ${font}`;
}

/** A line as it is drawn, for the legend. */
export const dashText = (style: keyof typeof DASHES) => DASHES[style].join(' ');
