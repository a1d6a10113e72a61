// Reads what the agents publish, with nothing but Microsoft's SDK and a connection string: the one that `aos up` prints,
// or that of a namespace in Azure.
//   AZURE_SERVICEBUS_CONNECTION_STRING='Endpoint=sb://…' node examples/read-events.mjs
import { ServiceBusClient } from '@azure/service-bus';

const client = new ServiceBusClient(process.env.AZURE_SERVICEBUS_CONNECTION_STRING);
const receiver = client.createReceiver('agent-events', 'default-subscription');
receiver.subscribe({
  async processMessage({ subject, correlationId, body }) {
    console.log(JSON.stringify({ subject, correlationId, body }));
  },
  async processError({ error }) {
    console.error(error.message);
  },
});
process.once('SIGINT', () => client.close());
