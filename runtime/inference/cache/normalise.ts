import { hasDigit, isAcronym, isShouted, plainQuotes, trimPunctuation, withoutCourtesy } from './text.ts';
import { casedUnit, functionWords } from './vocabulary.ts';

/** Indented lines are code, where white space counts. */
const INDENTED = /\n[ \t]+\S/;
/** Quoted text and code are data, not wording: kept to the letter. */
const VERBATIM = /(```[\s\S]*?```|`[^`]*`|"[^"]*"|“[^“”]*”)/;
/** Shapes in which a letter next to a digit says nothing by its case: Q2, H1, FY26, 10AM, 3RD. */
const CASELESS = /^(?:q[1-4]|h[12]|fy\d+|\d+(?:st|nd|rd|th|am|pm))$/i;
const MIXED_CASE = /\p{Ll}\p{Lu}|[_@\\]/u;
const FILLER = /^(?:please|kindly|pls) (?=.)|(?<=\byou )(?:please|kindly|pls) /g;

/**
 * One spelling of a prompt: case, white space, punctuation and fillers such as "please" do not matter; numbers,
 * identifiers, operators, brackets, quoted text and code stay as they are. Prompts that are equal afterwards ask the same.
 */
export function normalise(prompt: string): string {
  const text = withoutCourtesy(plainQuotes(prompt));
  if (INDENTED.test(text)) return text;
  const shouted = isShouted(text);
  const words = text
    .split(VERBATIM)
    .flatMap((part, i) => (i % 2 === 1 ? [part] : part.split(/\s+/).map((word) => plain(word, shouted))))
    .filter((word) => word !== '')
    .join(' ');
  return words.replace(FILLER, '') || prompt.trim();
}

function plain(raw: string, shouted: boolean): string {
  const word = trimPunctuation(raw, { brackets: false });
  if (hasDigit(word)) return CASELESS.test(word) ? word.toLowerCase() : word;
  if (MIXED_CASE.test(word) || casedUnit.test(word)) return word;
  const lower = word.toLowerCase();
  return functionWords.has(lower) && isAcronym(word, shouted) ? word : lower;
}
