/** A string property of a table entity holds 64 KiB of UTF-16, so 32 Ki characters. */
const MAX_PROPERTY_CHARS = 32 * 1024 - 1;

/** A text as properties of an entity: `name`, and what does not fit goes on in `<name>_2`, …. */
export function splitText(name: string, text: string): Record<string, string> {
  const parts: Record<string, string> = { [name]: text.slice(0, MAX_PROPERTY_CHARS) };
  for (let start = MAX_PROPERTY_CHARS, n = 2; start < text.length; start += MAX_PROPERTY_CHARS, n++) {
    parts[`${name}_${n}`] = text.slice(start, start + MAX_PROPERTY_CHARS);
  }
  return parts;
}

/** The text that {@link splitText} has split. */
export function joinText(name: string, row: Readonly<Record<string, unknown>>): string {
  let text = String(row[name] ?? '');
  for (let n = 2; row[`${name}_${n}`] !== undefined; n++) text += String(row[`${name}_${n}`]);
  return text;
}
