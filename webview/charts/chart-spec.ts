/** What a chart shows. All of it is data: the same spec is drawn on a canvas, written as a table, and spoken. */
export interface ChartSpec {
  title: string;
  /** Behind the title: unit and what a point is. */
  caption: string;
  /** Figures of the simulated engine say so on every chart. */
  simulated: boolean;
  x: XAxis;
  /** One above the other; they share x. */
  panes: readonly Pane[];
}

export interface XAxis {
  /** Of the table's first column. */
  heading: string;
  /** Rising. */
  values: readonly number[];
  min: number;
  max: number;
  splits: readonly number[];
  format(value: number): string;
}

export interface Pane {
  heightPx: number;
  y: YAxis;
  series: readonly Series[];
  marks: readonly Mark[];
}

export interface YAxis {
  scale: 'linear' | 'log';
  min: number;
  max: number;
  splits: readonly number[];
  format(value: number): string;
}

/** Colour and dash pattern go together: no series is told apart by colour alone. */
export type SeriesStyle = 'first' | 'second' | 'third' | 'other' | 'done';

export interface Series {
  label: string;
  unit: string;
  style: SeriesStyle;
  kind: 'line' | 'area' | 'bars';
  /** One for each x; null: nothing was measured there. */
  values: readonly (number | null)[];
  /** The label stands at the end of the line too. */
  labelled: boolean;
  format(value: number): string;
}

export type Mark =
  /** The target is between two values. */
  | { kind: 'band'; from: number; to: number; label: string; judged: boolean }
  /** At `x` the target is to stay below `y`. */
  | { kind: 'ceiling'; x: number; y: number; label: string; judged: boolean }
  /** A dashed line at `x`, its label on top. */
  | { kind: 'line'; x: number; label: string; style: SeriesStyle }
  /** From `from` on nothing can be said. */
  | { kind: 'hatch'; from: number; label: readonly string[] };
