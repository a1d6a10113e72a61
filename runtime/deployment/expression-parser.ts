import { AosError } from '../core/errors.ts';

/** An ARM expression, read: `format('{0}-x', parameters('name'))`, `reference(…).a.b[0]`. */
export type Node =
  | { kind: 'value'; value: string | number }
  | { kind: 'call'; name: string; args: readonly Node[] }
  | { kind: 'member'; of: Node; key: Node };

/** Whether a string of a template is an expression; `[[` stands for a string that starts with a bracket. */
export const isExpression = (value: string) => /^\[(?!\[)[\s\S]*\]$/.test(value);

const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+)|([A-Za-z_]\w*)|([()[\],.]))/y;

/**
 * @param source with its brackets
 * @throws AosError AOS_CONFIG_INVALID: where it stops being an expression
 */
export function parseExpression(source: string): Node {
  const tokens = tokenize(source);
  let at = 0;
  const peek = () => tokens[at];
  const fail = (): never => {
    throw new AosError('AOS_CONFIG_INVALID', `The template expression ${source} ends or goes on where it should not.`);
  };
  const expect = (token: string): void => {
    if (tokens[at++] !== token) fail();
  };

  function node(): Node {
    let result = primary();
    for (;;) {
      if (peek() === '.') {
        at++;
        result = { kind: 'member', of: result, key: { kind: 'value', value: tokens[at++] ?? fail() } };
      } else if (peek() === '[') {
        at++;
        result = { kind: 'member', of: result, key: node() };
        expect(']');
      } else return result;
    }
  }

  function primary(): Node {
    const token = tokens[at++] ?? fail();
    if (token.startsWith("'")) return { kind: 'value', value: token.slice(1, -1).replaceAll("''", "'") };
    if (/^-?\d/.test(token)) return { kind: 'value', value: Number(token) };
    if (!/^[A-Za-z_]/.test(token)) fail();
    expect('(');
    const args: Node[] = [];
    while (peek() !== ')') {
      if (args.length > 0) expect(',');
      args.push(node());
    }
    at++;
    return { kind: 'call', name: token, args };
  }

  const result = node();
  return at === tokens.length ? result : fail();
}

function tokenize(source: string): string[] {
  const inner = source.slice(1, -1).trimEnd();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < inner.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(inner);
    if (!match) {
      throw new AosError(
        'AOS_CONFIG_INVALID',
        `The template expression ${source} has no meaning from “${inner.slice(from)}” on.`,
      );
    }
    tokens.push(match[0].trim());
  }
  return tokens;
}
