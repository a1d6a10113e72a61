/** @returns undefined if the text is no number, or not within the bounds */
export function parseNumber(
  text: string,
  { min, max, integer }: { min: number; max: number; integer: boolean },
): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  const value = Number(trimmed);
  if (trimmed === '' || !Number.isFinite(value) || value < min || value > max) return undefined;
  return integer && !Number.isInteger(value) ? undefined : value;
}
