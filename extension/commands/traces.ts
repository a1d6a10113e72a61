import * as vscode from 'vscode';
import type { SpanView, TracesQuery } from '../../runtime/contracts/http.ts';
import { traceText } from '../../runtime/contracts/trace-text.ts';
import { formatDuration, formatPlural, formatTime } from '../../runtime/contracts/units.ts';
import type { RuntimeClient } from '../client/runtime-client.ts';
import { t } from '../l10n.ts';
import { readOnlyDocument } from '../read-only-documents.ts';
import type { Studio } from '../studio.ts';
import { answered } from './register.ts';

/** Spans that are looked through for the latest traces, and spans of one trace at most. */
const LIMIT = 1000;

/** Shows every hop of a trace with its time; of one that a person picks if none is given. */
export async function openTrace(studio: Studio, given: unknown): Promise<void> {
  const client = await studio.client();
  if (typeof given === 'string') await showTrace(studio, client, given);
  else await openTraces(studio, client, { query: { limit: LIMIT }, title: t('Traces') });
}

/** Asks for one of the traces that have a span of the query, and shows it. @throws Cancelled; Error if there is none */
export async function openTraces(
  studio: Studio,
  client: RuntimeClient,
  { query, title }: { query: TracesQuery; title: string },
): Promise<void> {
  const items = itemsOf(await client.spans(query));
  const slowest = query.order === 'slowest';
  if (slowest) items.sort((a, b) => b.durationMs - a.durationMs);
  if (items.length === 0) {
    throw new Error(
      query.since === undefined
        ? t('There is no trace yet. Ask an agent, or send it an event.')
        : t('No trace of that time is kept.'),
    );
  }
  const placeHolder = slowest ? t('The slowest first') : t('The latest first');
  const options = { title, placeHolder, matchOnDetail: true };
  await showTrace(studio, client, answered(await vscode.window.showQuickPick(items, options)).traceId);
}

async function showTrace(studio: Studio, client: RuntimeClient, traceId: string): Promise<void> {
  const spans = await client.spans({ trace_id: traceId, limit: LIMIT });
  if (spans.length === 0) throw new Error(t('The trace {0} is not kept any more, or was not sampled.', traceId));
  const name = t('Trace {0}', traceId.slice(0, 8));
  const document = readOnlyDocument(studio.context, name, traceText(spans).join('\n'));
  await vscode.window.showTextDocument(document, { preview: true });
}

/** A line for each trace, in the order of its first span; its time is that of the spans that were found. */
function itemsOf(spans: readonly SpanView[]) {
  return [...Map.groupBy(spans, ({ trace_id }) => trace_id)].map(([traceId, members]) => {
    const first = members.reduce((a, b) => (Date.parse(b.start) < Date.parse(a.start) ? b : a));
    const startMs = Date.parse(first.start);
    const durationMs = Math.max(...members.map((span) => Date.parse(span.start) + span.duration_ms)) - startMs;
    const errors = members.filter(({ status }) => status === 'error').length;
    return {
      label: first.name,
      description: `${formatTime(startMs)} · ${formatDuration(durationMs)}`,
      detail: t('{0}, {1} with an error · {2}', formatPlural(members.length, 'span'), errors, traceId),
      ...{ traceId, durationMs },
    };
  });
}
