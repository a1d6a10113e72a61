import * as vscode from 'vscode';
import type { SpanView } from '../../runtime/contracts/http.ts';
import { traceText } from '../../runtime/contracts/trace-text.ts';
import { formatDuration, formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { readOnlyDocument } from '../read-only-documents.ts';
import type { Studio } from '../studio.ts';
import { answered } from './register.ts';

/** Spans that are looked through for the latest traces, and spans of one trace at most. */
const LIMIT = 1000;

/** Shows every hop of a trace with its time; of one that a person picks if none is given. */
export async function openTrace(studio: Studio, given: unknown): Promise<void> {
  const client = await studio.client();
  const traceId = typeof given === 'string' ? given : await pickTrace(await client.spans({ limit: LIMIT }));
  const spans = await client.spans({ traceId, limit: LIMIT });
  if (spans.length === 0) throw new Error(t('The trace {0} is not kept any more, or was not sampled.', traceId));
  const name = t('Trace {0}', traceId.slice(0, 8));
  const document = readOnlyDocument(studio.context, name, traceText(spans).join('\n'));
  await vscode.window.showTextDocument(document, { preview: true });
}

async function pickTrace(spans: readonly SpanView[]): Promise<string> {
  const items = [...Map.groupBy(spans, ({ trace_id }) => trace_id)].map(([traceId, members]) => {
    const first = members.reduce((a, b) => (Date.parse(b.start) < Date.parse(a.start) ? b : a));
    const errors = members.filter(({ status }) => status === 'error').length;
    return {
      label: first.name,
      description: `${formatTime(Date.parse(first.start))} · ${formatDuration(first.duration_ms)}`,
      detail: t('{0} spans, {1} with an error · {2}', members.length, errors, traceId),
      traceId,
    };
  });
  if (items.length === 0) throw new Error(t('There is no trace yet. Ask an agent, or send it an event.'));
  const options = { title: t('Traces'), placeHolder: t('The latest first'), matchOnDetail: true };
  return answered(await vscode.window.showQuickPick(items, options)).traceId;
}
