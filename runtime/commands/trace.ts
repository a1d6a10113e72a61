import { spanViewSchema } from '../contracts/http.ts';
import { traceText } from '../contracts/trace-text.ts';
import { AosError } from '../core/errors.ts';
import { call, print, type TalkOptions } from './talk.ts';

/** Spans of a trace at most. */
const LIMIT = 500;

/** `aos trace`: every hop of one trace with its time; of the last one if none is named. @throws AosError AOS_NOT_FOUND */
export async function trace(id: string | undefined, options: TalkOptions): Promise<void> {
  const traceId = id ?? (await lastTrace(options));
  const spans = await spansWith(options, `trace_id=${encodeURIComponent(traceId)}&limit=${LIMIT}`);
  if (spans.length === 0)
    throw new AosError(
      'AOS_NOT_FOUND',
      `There is no trace ${traceId}. Traces are kept for a day, and written after a second.`,
    );
  print(options, spans, () => traceText(spans));
}

async function lastTrace(options: TalkOptions): Promise<string> {
  const [last] = await spansWith(options, 'limit=1');
  if (last) return last.trace_id;
  throw new AosError('AOS_NOT_FOUND', 'There is no trace yet. Ask an agent, or send it an event.');
}

const spansWith = (options: TalkOptions, query: string) =>
  call(options, 'GET', `/api/traces?${query}`, spanViewSchema.array());
