import { textForPattern } from './pattern.ts';
import { numberOf, type Rules, unsupported } from './schema.ts';

const MAX_LENGTH = 100_000;
const DAY_MS = 86_400_000;

/** A text of each format; the n-th differs from those before. */
const formats: Record<string, (n: number) => string> = {
  'date-time': (n) => new Date(Date.UTC(2026, 0, 1) + n * DAY_MS).toISOString().replace('.000', ''),
  date: (n) => new Date(Date.UTC(2026, 0, 1) + n * DAY_MS).toISOString().slice(0, 10),
  time: (n) => `${twoDigits(Math.floor(n / 60) % 24)}:${twoDigits(n % 60)}:00Z`,
  duration: (n) => `PT${n + 1}M`,
  email: (n) => `simulated${n || ''}@example.com`,
  hostname: (n) => `simulated${n || ''}.example.com`,
  ipv4: (n) => `192.0.2.${(n % 254) + 1}`,
  ipv6: (n) => `2001:db8::${(n + 1).toString(16)}`,
  uri: (n) => `https://example.com/simulated${n || ''}`,
  'uri-reference': (n) => `/simulated${n || ''}`,
  uuid: (n) => `00000000-0000-4000-8000-${(n + 1).toString(16).padStart(12, '0')}`,
  regex: (n) => `simulated${n || ''}`,
  'json-pointer': (n) => `/simulated${n || ''}`,
};

/**
 * Texts that may fit, best first: that of the format, those of the pattern, else `text` in the length that is wanted.
 * @throws LoraxError `validation` for lengths and patterns beyond reason
 */
export function* stringsFor(rules: Rules, text: string, nth: number): Generator<string> {
  const minLength = numberOf(rules.minLength) ?? 0;
  if (minLength > MAX_LENGTH) throw unsupported(`\`minLength\` ${minLength} in a JSON schema`);
  if (typeof rules.pattern === 'string') {
    for (const extra of [0, 1, 2, 4, 8, 16, 32, minLength]) yield textForPattern(rules.pattern, extra + nth);
  }
  const format = formats[String(rules.format)];
  if (format) yield format(nth);
  const numbered = nth === 0 ? text : `${nth + 1} ${text}`;
  yield [...numbered.padEnd(minLength, '.')].slice(0, numberOf(rules.maxLength)).join('');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
