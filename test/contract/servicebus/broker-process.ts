/**
 * Entry of a broker in a process of its own, for the contract tests: the SDK then talks to it as it will in life.
 * Reads its options from the first message of its parent, then serves requests, each answered under its number; ends
 * with its parent.
 */
import { type EntityStats, type ServiceBusOptions, startServiceBus } from '../../../runtime/cloud/servicebus/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { createLogger, stderrWriter } from '../../../runtime/core/logger.ts';

export type BrokerStart = Pick<ServiceBusOptions, 'entities' | 'key'> & {
  /** Time stands still until the parent moves it. */
  manualClock?: boolean;
};

export type BrokerRequest =
  | { start: BrokerStart }
  | { stats: number }
  | { advance: number; byMs: number }
  | { cpu: number }
  | { stop: true };

export type BrokerReply =
  | { ready: string }
  | { stats: number; entities: EntityStats[] }
  /** `nowMs`: what the broker's clock says now. */
  | { advance: number; nowMs: number }
  /** Processor time of the broker since its start. */
  | { cpu: number; usedMs: number }
  | { failed: string };

const reply = (message: BrokerReply) => process.send?.(message);
const logger = createLogger({ scope: 'test.servicebus', level: 'error', write: stderrWriter });

process.once('message', (request: BrokerRequest) => {
  if (!('start' in request)) return;
  const { manualClock, ...options } = request.start;
  const clock = manualClock ? new ManualClock(Date.now()) : undefined;
  startServiceBus({ ...options, ...(clock ? { clock } : {}), logger }).then(
    (broker) => {
      process.on('message', async (next: BrokerRequest) => {
        if ('stats' in next) reply({ stats: next.stats, entities: broker.stats() });
        if ('advance' in next) {
          await clock?.advance(next.byMs);
          reply({ advance: next.advance, nowMs: clock?.now() ?? Date.now() });
        }
        if ('cpu' in next) {
          const { user, system } = process.cpuUsage();
          reply({ cpu: next.cpu, usedMs: (user + system) / 1000 });
        }
        if ('stop' in next) void broker.dispose().then(() => process.disconnect());
      });
      reply({ ready: broker.connectionString });
    },
    (error: unknown) => reply({ failed: String(error) }),
  );
});

process.on('disconnect', () => process.exit());
