import type { SeriesStyle } from './chart-spec.ts';

export interface ChartTheme {
  text: string;
  quiet: string;
  background: string;
  /** Of targets that are judged. */
  target: string;
  font: string;
  series: Record<SeriesStyle, string>;
}

/** Patterns of CSS px; the same in the legend. */
export const DASHES: Record<SeriesStyle, number[]> = {
  first: [],
  second: [8, 3],
  third: [2, 3],
  other: [8, 3],
  done: [],
};

/** A canvas knows no CSS variables: they are read when the theme changes. */
export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const color = (...names: string[]) =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== '') ?? '#808080';
  // Default High Contrast has no charts-orange.
  const third = color('charts-orange', 'editorWarning-foreground', 'foreground');
  return {
    text: color('foreground'),
    quiet: color('descriptionForeground', 'foreground'),
    background: color('editor-background'),
    target: color('charts-green', 'foreground'),
    font: style.getPropertyValue('--vscode-font-family').trim() || 'sans-serif',
    series: {
      first: color('charts-blue', 'foreground'),
      second: color('charts-purple', 'foreground'),
      third,
      other: third,
      done: color('charts-green', 'foreground'),
    },
  };
}

/** Calls `listener` when VS Code changes the theme. @returns how to stop */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  return () => observer.disconnect();
}
