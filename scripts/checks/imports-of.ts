import { SyntaxKind } from 'typescript/unstable/ast';
import { createScanner, type Scanner } from 'typescript/unstable/ast/scanner';

export interface Import {
  /** As written: `./x.ts`, `node:fs`, `vscode`. */
  specifier: string;
  /** From 1. */
  line: number;
}

/**
 * Every module that a source file names: `import`, `import type`, `export … from`, `import('…')` as an expression and as a
 * type, `import x = require('…')`, `require('…')`. Read with TypeScript's own scanner, so neither a comment nor a string
 * that looks like an import counts.
 */
export function importsOf(text: string): Import[] {
  const imports: Import[] = [];
  const tokens = scan(text);
  tokens.forEach((token, index) => {
    const found = specifierAt(tokens, index);
    if (found !== undefined) imports.push({ specifier: found, line: lineOf(text, token.start) });
  });
  return imports;
}

interface Token {
  kind: SyntaxKind;
  text: string;
  value: string;
  start: number;
}

/** The specifier of the import, export or require that begins with this token. */
function specifierAt(tokens: Token[], index: number): string | undefined {
  const token = tokens[index] as Token;
  const previous = tokens[index - 1]?.text;
  if (previous === '.' || previous === '?.') return undefined; // a property of that name
  const next = tokens[index + 1];
  if (token.kind === SyntaxKind.ImportKeyword || token.text === 'require') {
    if (next?.text === '(') return literal(tokens[index + 2]);
    if (token.text === 'require') return undefined;
    if (next?.kind === SyntaxKind.StringLiteral) return next.value;
    return afterFrom(tokens, index + 1);
  }
  if (token.kind !== SyntaxKind.ExportKeyword) return undefined;
  const start = next?.text === 'type' ? index + 2 : index + 1;
  return ['{', '*'].includes(tokens[start]?.text ?? '') ? afterFrom(tokens, start) : undefined;
}

/** `… from 'x'`: between the keyword and `from` stand names, braces, commas and stars only. */
function afterFrom(tokens: Token[], start: number): string | undefined {
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (token.text === 'from') {
      const specifier = literal(tokens[index + 1]);
      if (specifier !== undefined) return specifier;
    }
    const name = /^[\w$]/.test(token.text) || token.kind === SyntaxKind.StringLiteral;
    if (!name && !['{', '}', ',', '*'].includes(token.text)) return undefined;
  }
  return undefined;
}

function literal(token: Token | undefined): string | undefined {
  const kinds: (SyntaxKind | undefined)[] = [SyntaxKind.StringLiteral, SyntaxKind.NoSubstitutionTemplateLiteral];
  return kinds.includes(token?.kind) ? token?.value : undefined;
}

/** The tokens of a file. The scanner alone cannot know whether `/` divides, or `}` ends a `${…}`: the parser tells it. */
function scan(text: string): Token[] {
  const scanner = createScanner(true);
  scanner.setText(text);
  const tokens: Token[] = [];
  const braces: ('block' | 'template')[] = [];
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    kind = reScan(scanner, kind, tokens.at(-1), braces);
    tokens.push({ kind, text: scanner.getTokenText(), value: scanner.getTokenValue(), start: scanner.getTokenStart() });
  }
  return tokens;
}

function reScan(
  scanner: Scanner,
  kind: SyntaxKind,
  previous: Token | undefined,
  braces: ('block' | 'template')[],
): SyntaxKind {
  if (kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) {
    return endsValue(previous) ? kind : scanner.reScanSlashToken();
  }
  if (kind === SyntaxKind.OpenBraceToken) braces.push('block');
  if (kind === SyntaxKind.TemplateHead) braces.push('template');
  if (kind === SyntaxKind.CloseBraceToken && braces.pop() === 'template') {
    const part = scanner.reScanTemplateToken(false);
    if (part === SyntaxKind.TemplateMiddle) braces.push('template');
    return part;
  }
  return kind;
}

const VALUE_ENDS: (SyntaxKind | undefined)[] = [
  SyntaxKind.Identifier,
  SyntaxKind.PrivateIdentifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
  SyntaxKind.NullKeyword,
];

/** Whether a `/` behind this token divides, instead of beginning a regular expression. */
function endsValue(token: Token | undefined): boolean {
  if (VALUE_ENDS.includes(token?.kind)) return true;
  // Words that are keywords in types only: `of`, `type`, `as`, … are names elsewhere; `of` and `as` come before values.
  return token !== undefined && token.kind > SyntaxKind.WithKeyword && /^[a-z]+$/.test(token.text)
    ? !['of', 'as', 'await', 'yield', 'satisfies', 'is'].includes(token.text)
    : false;
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
