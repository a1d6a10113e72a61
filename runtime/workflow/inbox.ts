import { AosError } from '../core/errors.ts';
import type { RaisedEvent, RunHead } from './run-state.ts';

/** Events that a run keeps for steps that have not begun, and ids that it remembers, at most. */
const MAX_EVENTS = 100;

export const knowsEvent = ({ seen, inbox }: RunHead, eventId: string): boolean =>
  seen.includes(eventId) || inbox.some(({ id }) => id === eventId);

/** Keeps an event for a step that has not begun. @throws AosError AOS_STATE_CONFLICT if there are too many already */
export function keepEvent({ inbox }: RunHead, event: RaisedEvent): Pick<RunHead, 'inbox'> {
  if (inbox.length < MAX_EVENTS) return { inbox: [...inbox, event] };
  throw new AosError(
    'AOS_STATE_CONFLICT',
    `The run keeps ${MAX_EVENTS} events already for steps that have not begun. Raise ${event.type} again when its step waits.`,
  );
}

/** Notes that a step took an event. */
export function takeEvent({ inbox, seen }: RunHead, { id }: RaisedEvent): Pick<RunHead, 'inbox' | 'seen'> {
  return { inbox: inbox.filter((event) => event.id !== id), seen: [...seen, id].slice(-MAX_EVENTS) };
}
