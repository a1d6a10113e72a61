import { isServiceBusError, type ServiceBusReceivedMessage, type ServiceBusSessionReceiver } from '@azure/service-bus';
import Long from 'long';

/**
 * Messages of a session that were put aside, locked again for its holder; those that are not put aside (any more) are left out.
 * @throws the SDK's error; also for one that is locked already: the answer to an earlier call was lost on its way, and only
 * letting the session go gives the message back
 */
export async function receiveDeferred(
  receiver: ServiceBusSessionReceiver,
  sequenceNumbers: readonly bigint[],
): Promise<ServiceBusReceivedMessage[]> {
  const numbers = sequenceNumbers.map((number) => Long.fromString(String(number)));
  try {
    return await receiver.receiveDeferredMessages(numbers);
  } catch (error) {
    if (!isServiceBusError(error) || error.code !== 'MessageNotFound') throw error;
    const [number] = numbers;
    // The bus gives all or none, and does not say which one is missing.
    if (numbers.length > 1) {
      return (await Promise.all(sequenceNumbers.map((one) => receiveDeferred(receiver, [one])))).flat();
    }
    const [there] = await receiver.peekMessages(1, number ? { fromSequenceNumber: number } : {});
    if (there?.state === 'deferred' && String(there.sequenceNumber) === String(number)) throw error;
    return [];
  }
}
