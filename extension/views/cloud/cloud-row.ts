/** A row of the Cloud view, as plain data. */
export interface CloudRow {
  /** Stable over updates, and unique in the view. */
  id: string;
  label: string;
  /** Facts, the most important first: narrow bars cut the end. */
  description: string;
  icon: string;
  /** Theme color of the icon. */
  color?: string;
  /** For menus. */
  context?: string;
  /** What the description leaves out, one fact a line. */
  details?: readonly string[];
  children?: readonly CloudRow[];
  /** Of a row with children; default: opened. */
  collapsed?: boolean;
}

/** `2 of 10 · 0 waiting`; parts that say nothing are left out. */
export const joined = (...parts: readonly (string | false | undefined)[]) => parts.filter(Boolean).join(' · ');

export const sumOf = <T>(items: readonly T[], of: (item: T) => number) =>
  items.reduce((sum, item) => sum + of(item), 0);
