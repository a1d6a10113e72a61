/** A piece of an answer. Everything is text: nothing an answer contains becomes HTML or a link. */
export type AnswerPart =
  | { kind: 'text'; text: string }
  /** Between backticks in a line. */
  | { kind: 'code'; text: string }
  /** Between fences; `language` may be empty. */
  | { kind: 'block'; text: string; language: string };

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^`\n]*$/;

/** Splits an answer at its code. A fence that is not closed yet holds the rest: more of it may be coming. */
export function answerParts(answer: string): AnswerPart[] {
  const parts: AnswerPart[] = [];
  let text: string[] = [];
  let fence: { mark: string; language: string; lines: string[] } | undefined;
  const endText = () => {
    parts.push(...inlineParts(text.join('\n').replace(/^\n+|\s+$/g, '')));
    text = [];
  };
  for (const line of answer.split('\n')) {
    if (fence) {
      if (closes(line, fence.mark)) {
        parts.push({ kind: 'block', text: fence.lines.join('\n'), language: fence.language });
        fence = undefined;
      } else fence.lines.push(line);
      continue;
    }
    const opened = FENCE.exec(line);
    if (!opened) {
      text.push(line);
      continue;
    }
    endText();
    fence = { mark: opened[1]!, language: opened[2] ?? '', lines: [] };
  }
  if (fence) parts.push({ kind: 'block', text: fence.lines.join('\n'), language: fence.language });
  else endText();
  return parts;
}

function closes(line: string, mark: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= mark.length && trimmed === mark[0]!.repeat(trimmed.length);
}

function inlineParts(text: string): AnswerPart[] {
  return text
    .split(/(`[^`\n]+`)/)
    .filter((piece) => piece !== '')
    .map((piece) =>
      piece.length > 2 && piece.startsWith('`') && piece.endsWith('`')
        ? { kind: 'code', text: piece.slice(1, -1) }
        : { kind: 'text', text: piece },
    );
}

/** About two lines of the answer's column (76 characters each). */
const SHORT_CHARS = 150;

/** The beginning of a cached answer; the same text if there is no more of it. */
export function shortAnswer(answer: string): string {
  const [first = ''] = answer.trim().split(/\n\s*\n/);
  const line = first.split('\n').slice(0, 2).join('\n');
  if (line.length <= SHORT_CHARS) return line;
  const cut = line.slice(0, SHORT_CHARS);
  const space = cut.lastIndexOf(' ');
  return `${cut.slice(0, space > SHORT_CHARS / 2 ? space : undefined).trimEnd()}…`;
}
