const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, PageUp: -10, PageDown: 10 };

/**
 * Where a key moves the cursor of a chart.
 * @param at index of the point under the cursor; null: there is none yet, and the first key puts it at an end
 * @returns undefined for a key that does not move it
 */
export function movedCursor(key: string, at: number | null, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = STEPS[key];
  if (step === undefined) return undefined;
  if (at === null) return step > 0 ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, at + step));
}
