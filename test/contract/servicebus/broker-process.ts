/**
 * Entry of a broker in a process of its own, for the contract tests: the SDK then talks to it as it will in life.
 * Reads its options from the first message of its parent, answers `ready`, then `stats` on request; ends with its parent.
 */
import { createLogger, stderrWriter } from '../../../runtime/core/logger.ts';
import { type EntityStats, type ServiceBusOptions, startServiceBus } from '../../../runtime/cloud/servicebus/index.ts';

export type BrokerRequest = { start: Pick<ServiceBusOptions, 'entities' | 'key'> } | { stats: number } | { stop: true };
export type BrokerReply = { ready: string } | { stats: number; entities: EntityStats[] } | { failed: string };

const reply = (message: BrokerReply) => process.send?.(message);
const logger = createLogger({ scope: 'test.servicebus', level: 'warn', write: stderrWriter });

process.once('message', (request: BrokerRequest) => {
  if (!('start' in request)) return;
  startServiceBus({ ...request.start, logger }).then(
    (broker) => {
      process.on('message', (next: BrokerRequest) => {
        if ('stats' in next) reply({ stats: next.stats, entities: broker.stats() });
        if ('stop' in next) void broker.dispose().then(() => process.disconnect());
      });
      reply({ ready: broker.connectionString });
    },
    (error: unknown) => reply({ failed: String(error) }),
  );
});

process.on('disconnect', () => process.exit());
