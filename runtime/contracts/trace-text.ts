import type { SpanView } from './http.ts';

/** Width of the bars, in characters. */
const WIDTH = 24;

/**
 * A trace as text: one line for each hop, below the one that caused it, with its start and duration in ms, a bar over the
 * length of the trace, and the replica. A hop whose cause is not among the spans stands at the left.
 * @param spans of one trace, in any order
 */
export function traceText(spans: readonly SpanView[]): string[] {
  if (spans.length === 0) return [];
  const sorted = [...spans].sort((a, b) => startOf(a) - startOf(b) || b.duration_ms - a.duration_ms);
  const from = startOf(sorted[0]!);
  const length = Math.max(...sorted.map((span) => startOf(span) + span.duration_ms)) - from;
  const rows = inOrder(sorted).map(({ span, depth }) => ({ span, name: `${'  '.repeat(depth)}${span.name}` }));
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ span, name }) => {
    const at = startOf(span) - from;
    return [
      name.padEnd(nameWidth),
      `+${ms(at)}`.padStart(9),
      ms(span.duration_ms).padStart(9),
      bar(at, span.duration_ms, length),
      span.replica,
      ...detailsOf(span),
    ].join('  ');
  });
  const head = `trace ${sorted[0]!.trace_id} · ${sorted[0]!.start} · ${ms(length)} ms · ${spans.length} spans`;
  return [head, '', ...lines];
}

interface Row {
  span: SpanView;
  depth: number;
}

/** Each span before those it caused. */
function inOrder(sorted: readonly SpanView[]): Row[] {
  const known = new Set(sorted.map(({ span_id }) => span_id));
  const below = Map.groupBy(sorted, ({ parent_span_id: parent }) =>
    parent !== null && known.has(parent) ? parent : null,
  );
  const walk = (parent: string | null, depth: number): Row[] =>
    (below.get(parent) ?? []).flatMap((span) => [{ span, depth }, ...walk(span.span_id, depth + 1)]);
  return walk(null, 0);
}

/** What tells why a hop took its time. */
function detailsOf({ status, attributes }: SpanView): string[] {
  const cached = attributes['aos.cached'];
  return [
    ...(status === 'error' ? ['ERROR'] : []),
    ...(cached === undefined || cached === 'false' ? [] : [`cache: ${cached}`]),
  ];
}

function bar(at: number, duration: number, length: number): string {
  const scale = length > 0 ? WIDTH / length : 0;
  const start = Math.min(WIDTH - 1, Math.floor(at * scale));
  const cells = Math.max(1, Math.min(WIDTH - start, Math.round(duration * scale)));
  return `${' '.repeat(start)}${'━'.repeat(cells)}`.padEnd(WIDTH);
}

const startOf = ({ start }: SpanView) => Date.parse(start);
const ms = (value: number) => value.toFixed(1);
