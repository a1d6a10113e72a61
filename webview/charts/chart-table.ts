import { h } from '../ui/elements.ts';
import type { ChartSpec } from './chart-spec.ts';

/** The same figures as the chart, for whoever reads rather than looks. */
export function chartTable({ title, x, panes }: ChartSpec): HTMLTableElement {
  const series = panes.flatMap((pane) => pane.series);
  const head = [x.heading, ...series.map(({ label, unit }) => (unit === '' ? label : `${label}, ${unit}`))];
  return h(
    'table',
    { class: 'figures-table' },
    h('caption', { class: 'spoken', text: title }),
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { text, attributes: { scope: 'col' } })))),
    h(
      'tbody',
      {},
      ...x.values.map((value, index) =>
        h(
          'tr',
          {},
          h('th', { text: x.format(value), attributes: { scope: 'row' } }),
          ...series.map(({ values, format }) => h('td', { text: cell(values[index] ?? null, format) })),
        ),
      ),
    ),
  );
}

const cell = (value: number | null, format: (value: number) => string) => (value === null ? '–' : format(value));

/** What is said of the point under the cursor: `25 s: p50 1,364 ms, p95 2,067 ms`. */
export function spokenPoint({ x, panes }: ChartSpec, index: number): string {
  const parts = panes.flatMap(({ series }) =>
    series.flatMap(({ label, unit, values, format }) => {
      const value = values[index] ?? null;
      return value === null ? [] : [`${label} ${format(value)} ${unit}`.trim()];
    }),
  );
  return `${x.format(x.values[index]!)}: ${parts.join(', ')}`;
}
