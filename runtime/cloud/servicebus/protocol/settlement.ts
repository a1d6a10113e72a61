import { BusFault } from '../entity/fault.ts';
import type { DeadLetterRequest, MessageQueue } from '../entity/message-queue.ts';
import { outcome } from './dispositions.ts';
import { encodeTyped, type RheaDelivery, type Typed, types } from './rhea.ts';

export type OutcomeName = 'accepted' | 'rejected' | 'modified' | 'released';

/**
 * Does what a client's disposition asks for: accepted completes, modified abandons or (undeliverable here) defers,
 * rejected dead-letters.
 * @returns the outcome to confirm it with
 * @throws BusFault message-lock-lost, session-lock-lost, not-allowed
 */
export function applyOutcome(name: OutcomeName, delivery: RheaDelivery, messages: MessageQueue, token: number): Typed {
  const fields = delivery.remote_state?.value ?? [];
  switch (name) {
    case 'accepted':
      messages.complete(token);
      break;
    case 'rejected':
      messages.deadLetter(token, deadLetterRequest(fields[0]));
      break;
    case 'modified': {
      const [, undeliverableHere, annotations] = fields;
      const properties = encodeAll(entriesOf(annotations));
      if (undeliverableHere && types.unwrap(undeliverableHere) === true) messages.defer(token, properties);
      else messages.abandon(token, properties);
      break;
    }
    case 'released':
      messages.abandon(token);
      break;
  }
  return outcome[name];
}

/** Reason, description and properties to modify travel in the info map of the rejection's error. */
function deadLetterRequest(error: Typed | undefined): DeadLetterRequest {
  const [, description, info] = Array.isArray(error?.value) ? (error.value as Typed[]) : [];
  const entries = entriesOf(info);
  const reason = textOf(entries.get('DeadLetterReason'));
  const explained = textOf(entries.get('DeadLetterErrorDescription')) ?? textOf(description);
  entries.delete('DeadLetterReason');
  entries.delete('DeadLetterErrorDescription');
  return { reason, description: explained, properties: encodeAll(entries) };
}

function textOf(value: Typed | undefined): string | undefined {
  const text = value && types.unwrap(value);
  return typeof text === 'string' ? text : undefined;
}

/** The entries of a map, still typed. */
function entriesOf(map: Typed | undefined): Map<string, Typed> {
  const entries = new Map<string, Typed>();
  if (!map || map.value === null || map.value === undefined) return entries;
  if (!types.is_map(map) || !Array.isArray(map.value))
    throw new BusFault('argument', 'Properties to modify must be a map.');
  const items = map.value as Typed[];
  for (let i = 0; i + 1 < items.length; i += 2) entries.set(String(types.unwrap(items[i]!)), items[i + 1]!);
  return entries;
}

/** Bytes of the values, with the types that they came with. */
function encodeAll(entries: ReadonlyMap<string, Typed>): Map<string, Buffer> {
  const encoded = new Map<string, Buffer>();
  for (const [name, value] of entries) encoded.set(name, encodeTyped(value));
  return encoded;
}
