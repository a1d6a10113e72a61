import { formatCount } from '../contracts/units.ts';

/** A figure as the panels write it: no decimals from 100 on, one from 10 on, else two. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? formatCount(value) : value.toFixed(size >= 10 ? 1 : 2);
}

/** As the guide prints storage, `1,235.96`: two decimals, whatever the size. */
export const formatGb = (value: number) =>
  value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `$6,000`; cents below $10, where they matter. */
export function formatDollars(amount: number): string {
  const size = Math.abs(amount);
  return `${amount < 0 ? '−' : ''}$${size > 0 && size < 10 ? size.toFixed(2) : formatCount(size)}`;
}
