import { toRegExp, unsupported } from './schema.ts';

const MAX_REPEATS = 1000;
/** Signs a class is tried with, in this order: the first that fits is taken. */
const SIGNS = [
  ...'a0A-_ .,:/@#+!?*()[]{}<>%&$=;\'"|~^`\\',
  ...'bcdefghijklmnopqrstuvwxyz',
  ...'123456789',
  ...'BCDEFGHIJKLMNOPQRSTUVWXYZ',
  '\t',
  '\n',
  'ä',
  '中',
];

/**
 * A text that a regular expression matches: the first alternative, the fewest repeats plus `extra`. Knows literals,
 * classes, groups, alternatives, quantifiers and the anchors; look-around and back references only as far as the text
 * happens to fit them, which the caller has to check.
 * @throws LoraxError `validation` for an expression that is none, or that repeats beyond reason
 */
export function textForPattern(pattern: string, extra: number): string {
  return new PatternReader(pattern, extra).alternatives();
}

class PatternReader {
  readonly #pattern: string;
  readonly #extra: number;
  #at = 0;

  constructor(pattern: string, extra: number) {
    this.#pattern = pattern;
    this.#extra = extra;
  }

  /** Reads up to the closing bracket of the group; only the first alternative counts. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#take(/^\|/)) this.#sequence();
    return first;
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && !/^[|)]/.test(this.#rest)) {
      const atom = this.#atom();
      text += atom.repeat(this.#repeats());
    }
    return text;
  }

  #atom(): string {
    if (this.#take(/^(\^|\$|\\[bB])/)) return '';
    const group = this.#take(/^\((\?(:|=|!|<=|<!|<[^>]+>))?/);
    if (group) {
      const text = this.alternatives();
      this.#take(/^\)/);
      return /^\(\?<?[=!]/.test(group) ? '' : text;
    }
    const set = this.#take(
      /^(\[(\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\c.|\\.|\.)/iu,
    );
    return set === '' ? this.#take(/^./su) : signOf(set);
  }

  #repeats(): number {
    const quantifier = this.#take(/^([*+?]|\{\d+(,\d*)?\})\??/);
    if (quantifier === '') return 1;
    const [low = 0, high = low] = boundsOf(quantifier);
    if (low > MAX_REPEATS) throw unsupported(`the pattern \`${this.#pattern}\` in a JSON schema`);
    return Math.min(low + this.#extra, high, MAX_REPEATS);
  }

  get #rest(): string {
    return this.#pattern.slice(this.#at);
  }

  #take(what: RegExp): string {
    const [found = ''] = what.exec(this.#rest) ?? [];
    this.#at += found.length;
    return found;
  }
}

function boundsOf(quantifier: string): [low: number, high: number] {
  if (quantifier.startsWith('*')) return [0, Infinity];
  if (quantifier.startsWith('+')) return [1, Infinity];
  if (quantifier.startsWith('?')) return [0, 1];
  const [, low = '0', comma, high] = /^\{(\d+)(,)?(\d+)?/.exec(quantifier) ?? [];
  return [Number(low), comma ? (high ? Number(high) : Infinity) : Number(low)];
}

/** The first sign that a class, an escape or the dot stands for. */
function signOf(set: string): string {
  const one = toRegExp(`^${set}$`);
  const sign = SIGNS.find((candidate) => one.test(candidate));
  if (sign !== undefined) return sign;
  const code = Array.from({ length: 0x3000 }, (_, point) => String.fromCodePoint(point));
  return code.find((candidate) => one.test(candidate)) ?? '';
}
