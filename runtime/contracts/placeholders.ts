/** The path in a placeholder: `{{steps.cfo.result}}` → `['steps', 'cfo', 'result']`. */
export type PlaceholderPath = readonly [string, ...string[]];

/** A template in pieces: text as it stands, and paths. */
export type TemplatePart = string | PlaceholderPath;

const PLACEHOLDER = /\{\{(.*?)\}\}/gs;
const PATH = /^[A-Za-z_]\w*(?:\.[\w-]+|\["[^"]+"\])*$/;
const NAME = /[\w-]+|"([^"]+)"/g;

/**
 * Takes a template apart. A placeholder is a path and nothing else: names and array positions after dots, or in brackets
 * and quotes when a name holds a dot (`{{steps["cfo.v2"].result}}`). Nothing is evaluated.
 * @throws SyntaxError for a placeholder that is no path
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(pathOf(match[1]!.trim()));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

function pathOf(text: string): PlaceholderPath {
  if (!PATH.test(text)) {
    throw new SyntaxError(
      `holds {{${text}}}, which is no path. Write e.g. {{input.topic}}, {{steps.cfo.result}} or {{steps["cfo.v2"].result}}`,
    );
  }
  const [first, ...rest] = [...text.matchAll(NAME)].map((name) => name[1] ?? name[0]);
  return [first!, ...rest];
}
