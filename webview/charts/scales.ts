/** Ticks and ends of axes, so that they are round figures. */

/** A linear axis from 0. @param max greatest value that is shown @param count about how many ticks */
export function linearScale(max: number, count = 4): { min: number; max: number; splits: number[] } {
  const step = niceStep((max > 0 ? max : 1) / count);
  const steps = Math.max(1, Math.ceil((max > 0 ? max : 1) / step - 1e-9));
  return { min: 0, max: steps * step, splits: Array.from({ length: steps + 1 }, (_, i) => i * step) };
}

/** 1, 2 or 5 times a power of ten, at least `step`. */
export function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5].find((one) => one * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** A logarithmic axis with ticks at 1, 2 and 5 times the powers of ten. @param min above 0 @param max above 0 */
export function logScale(min: number, max: number): { min: number; max: number; splits: number[] } {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(min)) - 1; power <= Math.ceil(Math.log10(max)); power++) {
    for (const factor of [1, 2, 5]) ticks.push(factor * 10 ** power);
  }
  const first = Math.max(
    0,
    ticks.findLastIndex((tick) => tick <= min),
  );
  const last = ticks.findIndex((tick) => tick >= max);
  const splits = ticks.slice(first, (last < 0 ? ticks.length - 1 : last) + 1);
  return { min: splits[0]!, max: splits.at(-1)!, splits };
}
