import type { InputSource } from '../../runtime/contracts/capacity-inputs.ts';
import { formatCount } from '../../runtime/contracts/units.ts';

/** Digits of a measured value that mean something. */
const MEASURED_DIGITS = 3;

/** A number as people write it: `1,000` · `1.74` · `1,74`. @returns undefined if it is none */
export function parseAmount(text: string): number | undefined {
  const trimmed = text.trim();
  const plain = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(trimmed) ? trimmed.replaceAll(',', '') : trimmed.replace(',', '.');
  return plain === '' || !Number.isFinite(Number(plain)) ? undefined : Number(plain);
}

/** A value as a field shows it; a measured one with the digits that mean something. */
export function amountText(value: number, source: InputSource): string {
  const shown = source === 'measured' ? Number(value.toPrecision(MEASURED_DIGITS)) : value;
  return Number.isInteger(shown) ? formatCount(shown) : String(shown);
}

/**
 * The next value up or down: the next one of `allowed`, else one unit in the last digit as it is written.
 * @returns undefined if there is none
 */
export function steppedText(text: string, step: 1 | -1, allowed: readonly number[] | null): string | undefined {
  const value = parseAmount(text);
  if (value === undefined) return undefined;
  if (allowed) {
    const next = step > 0 ? allowed.find((one) => one > value) : allowed.findLast((one) => one < value);
    return next === undefined ? undefined : formatCount(next);
  }
  const decimals = /[.,](\d+)$/.exec(text.trim())?.[1]?.length ?? 0;
  const isThousands = Number.isInteger(value) && /,\d{3}$/.test(text.trim());
  const next = value + step * 10 ** -(isThousands ? 0 : decimals);
  return isThousands || decimals === 0 ? formatCount(next) : next.toFixed(decimals);
}
