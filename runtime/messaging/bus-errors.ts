import { isServiceBusError } from '@azure/service-bus';
import { AosError, isAbort, messageOf } from '../core/errors.ts';

/** What the user can do about it, by the SDK's codes. */
const ADVICE: Record<string, string> = {
  UnauthorizedAccess: 'Check the key of the connection string, or the role of this identity on the namespace.',
  MessagingEntityNotFound: 'The namespace lacks this queue or topic: deploy the entities, or use the embedded bus.',
  MessagingEntityDisabled: 'The queue or topic is disabled.',
  QuotaExceeded: 'The queue or topic is full: read it, or raise its size.',
  ServiceCommunicationProblem: 'Is the bus running, and is its address right?',
};

/**
 * An error of the Service Bus SDK as ours; a cancelled call stays what it is.
 * @param what what could not be done, e.g. "The event could not be sent"
 */
export function toBusError(error: unknown, what: string): unknown {
  if (isAbort(error)) return error;
  const code = isServiceBusError(error) ? error.code : undefined;
  if (code === 'MessageSizeExceeded') {
    return new AosError('AOS_MESSAGE_TOO_LARGE', `${what}: it is larger than the bus takes. ${messageOf(error)}`, {
      cause: error,
    });
  }
  const advice = ADVICE[code ?? ''] ?? '';
  return new AosError('AOS_SERVICE_BUS', `${what}: ${messageOf(error)} ${advice}`.trim(), {
    cause: error,
    details: {
      ...(code ? { service_bus_code: code } : {}),
      ...(code === 'SessionCannotBeLocked' ? { locked: true } : {}),
    },
  });
}
