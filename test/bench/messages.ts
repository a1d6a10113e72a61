import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { silentLogger } from '../../runtime/core/logger.ts';
import { ServiceBusManager } from '../../runtime/messaging/service-bus-manager.ts';
import { type Figure, interleave, medianQuantile, ms } from './support/figures.ts';
import type { Running } from './support/processes.ts';

const ROUNDS = 5;
const PER_ROUND = 200;

/**
 * Send → handler through the broker: our manager on a session, beside the bare SDK on a subscription of the same broker.
 * Both ends are in this process, so one clock times them; the broker is in its own.
 */
export async function benchMessages({ ready }: Running): Promise<Figure[]> {
  const manager = new ServiceBusManager({ connection: ready.serviceBus, numShards: 10_000, logger: silentLogger });
  const sdk = new ServiceBusClient(ready.serviceBus);
  const arrivals = new Map<string, (at: number) => void>();
  const arrived = (id: string) => new Promise<number>((resolve) => arrivals.set(id, resolve));
  // A shard beyond those of the runtime: no replica takes it.
  const shard = 9_999;
  const receiver = await manager.openShard(shard, {
    onMessage: (delivery) => {
      arrivals.get(delivery.message.event_id)?.(performance.now());
      void delivery.complete();
    },
    onClosed: (reason) => {
      throw new Error('the bench lost its shard', { cause: reason });
    },
  });
  const sender = sdk.createSender('agent-events');
  const subscription = sdk.createReceiver('agent-events', 'aos-studio');
  subscription.subscribe({
    processMessage: async (message: ServiceBusReceivedMessage) =>
      arrivals.get(String(message.messageId))?.(performance.now()),
    processError: async ({ error }) => {
      throw error;
    },
  });

  let n = 0;
  const measure = async (send: (id: string) => Promise<void>) => {
    const samples: number[] = [];
    for (let i = 0; i < PER_ROUND; i++) {
      const id = `bench_${n++}`;
      const arrival = arrived(id);
      const start = performance.now();
      await send(id);
      samples.push((await arrival) - start);
    }
    return samples;
  };
  const samples = await interleave(ROUNDS, {
    ours: () =>
      measure((id) =>
        manager.sendToShard(shard, {
          event_id: id,
          agent_id: 'bench',
          type: 'Bench',
          sent_at: new Date().toISOString(),
        }),
      ),
    sdk: () => measure((id) => sender.sendMessages({ body: { id }, messageId: id })),
  });
  await receiver.close();
  await manager.dispose();
  await sdk.close();
  return [0.5, 0.95, 0.99].map((p) => {
    const [ours, bare] = [medianQuantile(samples.ours, p), medianQuantile(samples.sdk, p)];
    return {
      name: `send → handler, p${p * 100}`,
      ours: ms(ours),
      peer: `bare SDK, topic to subscription ${ms(bare)}`,
      ratio: ours / bare,
    };
  });
}
