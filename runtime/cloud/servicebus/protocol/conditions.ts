import { BusFault, type FaultKind } from '../entity/fault.ts';

/** AMQP error condition and `$management` status code of each refusal. */
const conditions: Record<FaultKind, { condition: string; status: number }> = {
  'not-found': { condition: 'amqp:not-found', status: 404 },
  'entity-disabled': { condition: 'com.microsoft:entity-disabled', status: 403 },
  'entity-exists': { condition: 'com.microsoft:entity-already-exists', status: 409 },
  'not-allowed': { condition: 'amqp:not-allowed', status: 400 },
  unauthorized: { condition: 'amqp:unauthorized-access', status: 401 },
  argument: { condition: 'com.microsoft:argument-error', status: 400 },
  'message-too-large': { condition: 'amqp:link:message-size-exceeded', status: 403 },
  'message-not-found': { condition: 'com.microsoft:message-not-found', status: 404 },
  'message-lock-lost': { condition: 'com.microsoft:message-lock-lost', status: 410 },
  'session-lock-lost': { condition: 'com.microsoft:session-lock-lost', status: 410 },
  'session-cannot-be-locked': { condition: 'com.microsoft:session-cannot-be-locked', status: 409 },
  timeout: { condition: 'com.microsoft:timeout', status: 408 },
  'not-implemented': { condition: 'amqp:not-implemented', status: 501 },
  internal: { condition: 'amqp:internal-error', status: 500 },
};

export interface WireError {
  condition: string;
  description: string;
}

/** What the client is told about `error`; the details of an unexpected one stay in the log. */
export function toWireError(error: unknown): WireError {
  if (error instanceof BusFault) return { condition: conditions[error.kind].condition, description: error.message };
  return { condition: conditions.internal.condition, description: 'The broker failed unexpectedly; its log says why.' };
}

export function statusOf(error: unknown): number {
  return conditions[error instanceof BusFault ? error.kind : 'internal'].status;
}
