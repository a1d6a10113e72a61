import { type Side, sidesOf } from './antonyms.ts';
import { hasDigit, isAcronym, isShouted, singular, stem, type Token, tokensOf, withoutCourtesy } from './text.ts';
import {
  articles,
  auxiliaries,
  capitalisedDates,
  casedUnit,
  dateWords,
  degreeWords,
  foreignWords,
  functionWords,
  negations,
  numberWords,
  periods,
  questionWords,
  relativeWords,
  requestVerbs,
  units,
} from './vocabulary.ts';

/** What a prompt says exactly, made once per prompt, so that two prompts are compared in a microsecond. */
export interface Signature {
  english: boolean;
  /** Each in the order of the prompt, in one spelling, joined by a space. */
  numbers: string;
  dates: string;
  units: string;
  identifiers: string;
  /** Every negation with the word that it denies. */
  negations: string;
  /** How each sentence begins: question word, auxiliary, verb of a request, or nothing of these. */
  heads: string;
  /** All words but articles and politeness, singular, in one spelling. */
  wording: string;
  words: readonly string[];
  wordSet: ReadonlySet<string>;
  /** Names, as they stand in `words`. */
  entities: ReadonlySet<string>;
  /** Sides of opposites in their order. */
  sides: readonly Side[];
}

/** Says that an answer is wanted, and nothing of which. */
const POLITENESS =
  /^(?:(?:(?:can|could|would|will) you(?: please| kindly)? (?:tell|show) me|(?:please )?(?:tell|show) me|(?:i|we)(?:'d| would) like to know|(?:i|we) (?:want|need) to know|do you know|let me know)[:,]? (?=(?:what|which|who|whose|when|where|why|how)\b)|(?:could|would) you(?: please| kindly)? |can you (?:please|kindly) |(?:please|kindly),? )/i;

const DATE =
  /^(?:q[1-4]|h[12]|fy-?\d{2,4}|q[1-4][-/]?\d{2,4}|(?:19|20)\d\d|(?:19|20)?\d0s|\d{4}-\d\d(?:-\d\d)?|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})|\d{1,2}:\d\d(?::\d\d)?(?:am|pm)?|\d{1,2}(?:am|pm))$/;
/** Commas only between thousands: 1,5 is not 15. */
const NUMBER = /^([-+]?)([$€£¥]?)([-+]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)([a-z%°µ]*)$/i;
const ORDINAL = /^(?:st|nd|rd|th)$/i;
const OPERATORS = /^[^\p{L}\p{N}]+$/u;
/** File names, addresses, code: the case counts. */
const IDENTIFIER = /[_@\\#()[\]{}]|\p{L}\.\p{L}|\/|\p{Ll}\p{Lu}/u;
const CAPITAL = /^\p{Lu}/u;
const NOT_LATIN = /[^\P{L}\p{Script=Latin}]/u;

export function signatureOf(prompt: string): Signature {
  const text = withoutCourtesy(prompt).trim().replace(POLITENESS, '');
  const tokens = tokensOf(text);
  const shouted = isShouted(text);
  const reading: Reading = { numbers: [], dates: [], units: [], identifiers: [], words: [], entities: new Set() };
  for (let i = 0; i < tokens.length; i++) read(tokens, i, shouted, reading);
  const { words } = reading;
  return {
    english: isEnglish(text, tokens),
    numbers: reading.numbers.join(' '),
    dates: reading.dates.join(' '),
    units: reading.units.join(' '),
    identifiers: reading.identifiers.join(' '),
    negations: negationsOf(words).join(' '),
    heads: headsOf(tokens).join(' '),
    wording: words.join(' '),
    words,
    wordSet: new Set(words),
    entities: reading.entities,
    sides: words.flatMap((word) => sidesOf.get(stem(word)) ?? []),
  };
}

type Kind = 'numbers' | 'dates' | 'units' | 'identifiers';
type Reading = Record<Kind, string[]> & { words: string[]; entities: Set<string> };

function read(tokens: readonly Token[], i: number, shouted: boolean, reading: Reading): void {
  const token = tokens[i] as Token;
  const note = (kind: Kind, value: string) => {
    reading[kind].push(value);
    reading.words.push(value);
  };
  // "Plan A" has a name, not an article.
  if (articles.has(token.lower) && (token.text !== 'A' || token.opens || shouted)) return;
  const number = numberWords.get(token.lower);
  const date = dateOf(token, tokens[i + 1]);
  const unit = casedUnit.test(token.text) ? token.text : units.get(token.lower);
  if (hasDigit(token.text)) readDigits(token, note);
  else if (number !== undefined) note('numbers', number);
  else if (date !== undefined) note('dates', date);
  else if (unit !== undefined) note('units', unit);
  else if (OPERATORS.test(token.text) || IDENTIFIER.test(token.text)) note('identifiers', token.text);
  else readWord(token, shouted, reading);
}

function readWord(token: Token, shouted: boolean, reading: Reading): void {
  const isName = token.text === 'A' || isAcronym(token.text, shouted);
  const word = isName && functionWords.has(token.lower) ? token.text : wordOf(token.lower);
  if (isName || isEntity(token, shouted)) reading.entities.add(word);
  reading.words.push(word);
}

function readDigits({ text, lower }: Token, note: (kind: Kind, value: string) => void): void {
  const [, sign, currency = '', innerSign, digits, suffix = ''] = NUMBER.exec(text) ?? [];
  if (DATE.test(lower)) note('dates', lower);
  else if (digits === undefined) note('identifiers', text);
  else {
    const isOrdinal = ORDINAL.test(suffix);
    const unit = currency || (isOrdinal ? '' : suffix);
    note('numbers', `${sign || innerSign}${digits.replaceAll(',', '')}${isOrdinal ? '.' : ''}`);
    if (unit !== '') note('units', units.get(unit) ?? unit);
  }
}

/** A weekday, a month, "today", or "last" with what follows it. */
function dateOf({ text, lower, opens }: Token, next: Token | undefined): string | undefined {
  const named = dateWords.get(lower);
  if (named !== undefined) return named;
  if (capitalisedDates.has(lower)) return CAPITAL.test(text) && !opens ? lower : undefined;
  const isRelative = relativeWords.has(lower) && next !== undefined && periods.has(singular(next.lower));
  return isRelative ? lower : undefined;
}

function isEntity({ text, lower, opens }: Token, shouted: boolean): boolean {
  if (shouted || !CAPITAL.test(text)) return false;
  // The first word has a capital anyway: a name unless it is a word that sentences begin with.
  return !functionWords.has(lower) && !(opens && requestVerbs.has(lower));
}

/** British spelling becomes American. What this does to "exercise" and "hour" it does to both prompts. */
function wordOf(lower: string): string {
  const auxiliary = auxiliaries.get(lower);
  if (auxiliary !== undefined) return auxiliary;
  const word = singular(lower);
  if (word.length < 6) return word;
  return word
    .replace(/([iy])s(e|ed|ing|ation|er)$/, '$1z$2')
    .replace(/our$/, 'or')
    .replace(/([bt])re$/, '$1er');
}

function negationsOf(words: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    if (!negations.has(word)) return [];
    const denied = words.slice(i + 1).find((other) => !functionWords.has(other) && !auxiliaries.has(other));
    return [
      `${/^(?:without|exclud|except|unless)/.test(word) ? word : 'not'}:${denied === undefined ? '' : stem(denied)}`,
    ];
  });
}

function headsOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ opens }, i) => {
    if (!opens) return [];
    // "In which", "by when", "and what".
    const at = [i, i + 1].find((n) => questionWords.has(tokens[n]?.lower ?? '')) ?? i;
    const first = tokens[at]?.lower ?? '';
    const second = tokens[at + 1]?.lower ?? '';
    if (questionWords.has(first)) return [first === 'how' && degreeWords.has(second) ? `how-${second}` : first];
    return [auxiliaries.get(first) ?? (requestVerbs.has(first) ? stem(wordOf(first)) : '-')];
  });
}

/**
 * English for sure: Latin letters, at least one English function word or request, and no more foreign ones. The guards
 * know no other language.
 */
function isEnglish(text: string, tokens: readonly Token[]): boolean {
  if (NOT_LATIN.test(text)) return false;
  let [english, foreign] = [0, 0];
  for (const { lower } of tokens) {
    if (foreignWords.has(lower)) foreign++;
    else if (functionWords.has(lower) || requestVerbs.has(lower)) english++;
  }
  return english > 0 && english >= foreign;
}
