import type { ChartSpec } from '../../../../webview/charts/chart-spec.ts';

/** What the table behind a chart says, row by row. */
export function chartTableRows({ x, panes }: ChartSpec): string[][] {
  const series = panes.flatMap((pane) => pane.series);
  return x.values.map((value, index) => [
    x.format(value),
    ...series.map(({ values, format }) => {
      const at = values[index] ?? null;
      return at === null ? '–' : format(at);
    }),
  ]);
}
