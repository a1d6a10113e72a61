/** Quantile of the normal distribution for a one-sided interval of 95 %. */
const Z = 1.645;

/**
 * Ends of the one-sided 95 % intervals of a share after `count` among `of` (Wilson 1927): the true share is surely below
 * `upper`, or surely above `lower`. 0 and 1 before anything was seen.
 */
export function wilson(count: number, of: number): { lower: number; upper: number } {
  if (of === 0) return { lower: 0, upper: 1 };
  const share = count / of;
  const middle = share + (Z * Z) / (2 * of);
  const spread = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const scale = 1 + (Z * Z) / of;
  return { lower: Math.max(0, (middle - spread) / scale), upper: Math.min(1, (middle + spread) / scale) };
}
