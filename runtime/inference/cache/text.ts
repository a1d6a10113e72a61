/** A word, number or identifier of a prompt, as written but without the punctuation around it. */
export interface Token {
  text: string;
  lower: string;
  /** First of its sentence. */
  opens: boolean;
}

const QUOTES = /[\u2018\u2019\u02bc]/g;
const TRAILING = new Set('?,;:.…"\'”»？，。；：、');
const LEADING = new Set('"\'“«¿¡');
/** These stay next to a digit, where they mean something: `5!`, `2 * (3 + 4)`, `.5`. */
const [TRAILING_AFTER_LETTERS, LEADING_BEFORE_LETTERS] = [new Set('!！'), new Set('.')];
const [OPENING, CLOSING] = [new Set('([{'), new Set(')]}')];
/** Brackets count where there are operators: (a + b) * c. */
const FORMULA = /\s[-+*/^=<>|&]+\s/;
const DIGIT = /\p{N}/u;
const SENTENCE_END = /[.?!:。？！]["')\]”]*$/;
/** Letters joined by hyphens, slashes or commas are several words; with a digit, `_`, `@` or `.` they are one name. */
const COMPOUND = /^[\p{L}\p{M}']+(?:[-/,–—][\p{L}\p{M}']+)+$/u;
const INITIALS = /^(?:\p{L}\.)+\p{L}?$/u;

export const hasDigit = (text: string) => DIGIT.test(text);

/** A word in capitals, unless the whole text is: "US" and "IT" are not "us" and "it". */
export const isAcronym = (word: string, shouted: boolean) => !shouted && /^\p{Lu}{2,}$/u.test(word);

/** Without a small letter: its capitals say nothing. */
export const isShouted = (text: string) => !/\p{Ll}/u.test(text);

/** Removes sentence punctuation and quotes from both ends; signs, currency, operators and what belongs to a number stay. */
export function trimPunctuation(word: string, { brackets }: { brackets: boolean }): string {
  let [start, end] = [0, word.length];
  while (end > start && isTrailing(word[end - 1] as string, word[end - 2] ?? '', brackets)) end--;
  while (start < end && isLeading(word[start] as string, word[start + 1] ?? '', brackets)) start++;
  return word.slice(start, end);
}

const isTrailing = (last: string, before: string, brackets: boolean) =>
  TRAILING.has(last) || ((TRAILING_AFTER_LETTERS.has(last) || (brackets && CLOSING.has(last))) && !hasDigit(before));

const isLeading = (first: string, next: string, brackets: boolean) =>
  LEADING.has(first) ||
  ((LEADING_BEFORE_LETTERS.has(first) || (brackets && OPENING.has(first))) && !/[\d-]/.test(next));

const GREETING = /^\s*(?:hi|hello|hey)(?: there\b[,!.]?|[,!.])\s+(?=\S)/i;
/** Not where it is what the prompt is about: "How do I say thanks?" */
const THANKS =
  /(?<!\b(?:say|saying|says|said|write|spell|translate|word|mean|means|a|an|the|of|for|to|with|and|or)\s)(?<=\S[,.;!?]*\s+)(?:please|pls|thanks|thank you|thx)[\s.!?]*$/i;

/** Longest end in which thanks are looked for, so that a prompt of 200,000 spaces costs no more than another. */
const MAX_THANKS = 60;

/** Without the greeting and the thanks around a prompt. */
export function withoutCourtesy(text: string): string {
  const greeted = text.trimEnd().replace(GREETING, '');
  return greeted.slice(0, -MAX_THANKS) + greeted.slice(-MAX_THANKS).replace(THANKS, '');
}

/** NFC, not NFKC, which would make 52 of 5². */
export const plainQuotes = (text: string) => text.normalize('NFC').replace(QUOTES, "'");

/** The tokens of a text in order; contractions are written out, possessive endings dropped. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const brackets = !FORMULA.test(text);
  let opens = true;
  for (const raw of plainQuotes(text).split(/\s+/)) {
    const word = trimPunctuation(raw, { brackets });
    if (word === '') {
      // A lone full stop or bracket.
      opens ||= SENTENCE_END.test(raw);
      continue;
    }
    const parts = COMPOUND.test(word) ? word.split(/[-/,–—]/) : [INITIALS.test(word) ? word.replaceAll('.', '') : word];
    for (const part of parts.flatMap(writtenOut)) {
      tokens.push({ text: part, lower: part.toLowerCase(), opens });
      opens = false;
    }
    opens = SENTENCE_END.test(raw);
  }
  return tokens;
}

const IRREGULAR: Record<string, string[]> = {
  "can't": ['can', 'not'],
  cannot: ['can', 'not'],
  "won't": ['will', 'not'],
  "shan't": ['shall', 'not'],
  "let's": ['let', 'us'],
};
const ENDINGS: Record<string, string> = { "'re": 'are', "'ve": 'have', "'ll": 'will', "'m": 'am', "'d": 'would' };
/** After these `'s` is "is"; elsewhere a possessive. */
const IS_AFTER = new Set(['what', 'who', 'where', 'when', 'why', 'how', 'it', 'that', 'there', 'here', 'he', 'she']);

function writtenOut(word: string): string[] {
  const apostrophe = word.indexOf("'");
  const lower = word.toLowerCase();
  const irregular = Object.hasOwn(IRREGULAR, lower) ? IRREGULAR[lower] : undefined;
  if (irregular) return irregular;
  if (apostrophe < 0) return [word];
  if (lower.endsWith("n't")) return [word.slice(0, -3), 'not'];
  const [base, ending] = [word.slice(0, apostrophe), lower.slice(apostrophe)];
  if (ending === "'s") return IS_AFTER.has(base.toLowerCase()) ? [base, 'is'] : [base];
  const full = ENDINGS[ending];
  return full ? [base, full] : [word];
}

const UNCHANGED = new Set([
  'goods',
  'customs',
  'arms',
  'glasses',
  'news',
  'means',
  'has',
  'was',
  'does',
  'this',
  'its',
]);
const PLURALS: Record<string, string> = { men: 'man', women: 'woman', children: 'child', criteria: 'criterion' };

/** A word of letters without the ending of plurals and of the third person: "goals" → "goal", "policies" → "policy". */
export function singular(word: string): string {
  if (word.length < 4 || UNCHANGED.has(word)) return word;
  if (Object.hasOwn(PLURALS, word)) return PLURALS[word] as string;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|x|ss|zz)es$/.test(word)) return word.slice(0, -2);
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}

/** {@link singular}, also without "-ing" and "-ed": "increasing", "increased" and "increases" have one stem. */
export function stem(word: string): string {
  const base = singular(word);
  const cut = /^(.*[aeiouy].*?)(?:ing|ed)$/.exec(base)?.[1];
  const root = cut !== undefined && cut.length > 2 ? cut.replace(/([^aeioulsz])\1$/, '$1') : base;
  return root.length > 3 && root.endsWith('e') ? root.slice(0, -1) : root;
}
