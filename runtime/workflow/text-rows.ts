import type { Row } from '../storage/table-manager.ts';

/** Characters of one property: Table storage holds 64 KiB of UTF-16. */
const MAX_PROPERTY_CHARACTERS = 32_000;
/** Characters of one row: it holds 1 MiB, keys and names included. */
export const MAX_ROW_CHARACTERS = 13 * MAX_PROPERTY_CHARACTERS;

/** A text as the properties `text0`, `text1`, … of a row. At most {@link MAX_ROW_CHARACTERS}. */
export function textProperties(text: string): Record<string, string> {
  return Object.fromEntries(chunksOf(text, MAX_PROPERTY_CHARACTERS).map((chunk, index) => [`text${index}`, chunk]));
}

/** The text that {@link textProperties} took. */
export function textOf(row: Row): string {
  let text = '';
  for (let index = 0; `text${index}` in row; index++) text += String(row[`text${index}`]);
  return text;
}

/** Pieces of at most `size` characters, at least one; none ends within a surrogate pair, which no storage keeps apart. */
export function chunksOf(text: string, size: number): string[] {
  const chunks: string[] = [];
  let start = 0;
  do {
    let end = Math.min(start + size, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    chunks.push(text.slice(start, end));
    start = end;
  } while (start < text.length);
  return chunks;
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;
