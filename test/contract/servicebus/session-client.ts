/**
 * A client in a process of its own, to be killed: accepts the next session of a queue, receives what is there, tells its
 * parent, and then keeps everything locked.
 */
import { ServiceBusClient } from '@azure/service-bus';

const [, , queue = ''] = process.argv;
const client = new ServiceBusClient(process.env.BROKER_CONNECTION_STRING ?? '');
const session = await client.acceptNextSession(queue);
const messages = await session.receiveMessages(10, { maxWaitTimeInMs: 5000 });
process.send?.({ sessionId: session.sessionId, bodies: messages.map(({ body }) => body) });
