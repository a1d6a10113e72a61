import { hash } from 'node:crypto';

/** What a Service Bus message id holds. */
const MAX_CHARACTERS = 128;

/**
 * The id of an event of a run: `run_7f3a~review~3~1` for the first try of an item. The same try always sends the same event:
 * after a crash it is recognised and not handled twice, and its outcome finds the try that waits for it.
 */
export function eventIdOf(runId: string, ...parts: string[]): string {
  const id = [runId, ...parts].join('~');
  return id.length <= MAX_CHARACTERS ? id : `${runId}~${hash('sha256', id).slice(0, 32)}`;
}

/** The run that sent an event; undefined for an event of no run. */
export function runIdOf(eventId: string): string | undefined {
  const end = eventId.indexOf('~');
  return end > 0 ? eventId.slice(0, end) : undefined;
}
