import { formatCount } from './units.ts';

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

/** `$788.40`: cents, whatever the size, where amounts stand below each other. */
export const formatCents = (amount: number) =>
  `${amount < 0 ? '−' : ''}$${Math.abs(amount).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day for people, `23 Nov 2026`. @param isoDate `2026-11-23` */
export function formatDay(isoDate: string): string {
  const [year, month, day] = isoDate.split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`;
}
