/**
 * How figures are written for people, in the trees, the panels and the command line alike: `284 ms`, `1.62 s`,
 * `2 min 41 s`, `58 %`, `13 MiB`, `1,318`. Units follow the figure after a space; thousands take a comma.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A whole number with thousands separators: `1,318`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * A duration: `284 ms` below 1 s, then seconds, then `2 min 41 s`, `3 h 5 min`, `2 d 4 h`.
 * @param ms milliseconds, not negative
 * @param options.decimals of the seconds; default 2
 */
export function formatDuration(ms: number, options: { decimals?: 0 | 1 | 2 } = {}): string {
  const { decimals = 2 } = options;
  if (ms < 0.95) return ms > 0 ? '< 1 ms' : '0 ms';
  if (Math.round(ms) < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE - SECOND / 2) return `${(ms / SECOND).toFixed(decimals)} s`;
  const [large, small, largeMs, smallMs] =
    ms < HOUR ? ['min', 's', MINUTE, SECOND] : ms < DAY ? ['h', 'min', HOUR, MINUTE] : ['d', 'h', DAY, HOUR];
  const total = Math.round(ms / Number(smallMs));
  const per = Number(largeMs) / Number(smallMs);
  const rest = total % per;
  return rest === 0 ? `${Math.floor(total / per)} ${large}` : `${Math.floor(total / per)} ${large} ${rest} ${small}`;
}

/** A share of 1 as whole percent: `58 %`; a share above 0 never reads `0 %`, one below 1 never `100 %`. */
export function formatPercent(share: number, options: { decimals?: 0 | 1 } = {}): string {
  const { decimals = 0 } = options;
  const step = 10 ** -decimals;
  const percent = share * 100;
  if (percent > 0 && percent < step / 2) return `< ${step} %`;
  if (percent < 100 && percent > 100 - step / 2) return `> ${100 - step} %`;
  return `${percent.toFixed(decimals)} %`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes in binary units: `13 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), BYTE_UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? Number(value.toFixed(1)) : Math.round(value)} ${BYTE_UNITS[power]}`;
}

/** Time of day in the reader's zone: `11:02:17`. */
export function formatTime(epochMs: number): string {
  const at = new Date(epochMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** `1 agent`, `4 agents`: English only, as all texts of the product are until a translation comes. */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
