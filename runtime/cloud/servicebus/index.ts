import type { Socket } from 'node:net';
import { type ServiceBusEntities, serviceBusEntitiesSchema } from '../../contracts/servicebus.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { Disposer } from '../../core/disposal.ts';
import { AosError } from '../../core/errors.ts';
import { newSecret } from '../../core/ids.ts';
import type { Logger } from '../../core/logger.ts';
import { type EntityStats, Namespace } from './entity/namespace.ts';
import { type BrokerServices, BusConnection } from './protocol/connection.ts';
import { listen, route } from './protocol/listener.ts';
import { LockTokens } from './protocol/lock-token.ts';

export type { EntityStats } from './entity/namespace.ts';

export interface ServiceBusOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Preferred port; if it is taken, the next free one is used. Default 0: any free port. */
  port?: number;
  /** SharedAccessKey of the connection string; default: a new one. */
  key?: string;
  /** Default `RootManageSharedAccessKey`. */
  keyName?: string;
  entities: ServiceBusEntities;
  clock?: Clock;
  logger: Logger;
}

export interface ServiceBusHandle {
  readonly port: number;
  /** For the unmodified `@azure/service-bus` client. Contains the key. */
  readonly connectionString: string;
  /** One entry per queue and per subscription. */
  stats(): EntityStats[];
  /** Closes all connections and the port. */
  dispose(): Promise<void>;
}

/**
 * Starts an Azure Service Bus namespace in this process, in memory: AMQP 1.0 on one loopback port.
 * It is best run in a process of its own: it shares rhea's module state with an SDK client in the same process (safe),
 * but also its event loop (slow).
 * @throws AosError AOS_CONFIG_INVALID (entities), AOS_PORT_TAKEN, AOS_SERVICE_BUS (cannot listen)
 */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBusHandle> {
  const { host = '127.0.0.1', clock = systemClock, key = newSecret(), logger } = options;
  const keyName = options.keyName ?? 'RootManageSharedAccessKey';
  const parsed = serviceBusEntitiesSchema.safeParse(options.entities);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'entities'}: ${message}`);
    throw new AosError('AOS_CONFIG_INVALID', `The Service Bus entities are not valid: ${problems.join('; ')}.`, {
      cause: parsed.error,
    });
  }

  const disposer = new Disposer();
  const namespace = new Namespace({ entities: parsed.data, clock });
  disposer.defer(() => namespace.dispose());
  const services: BrokerServices = { namespace, key: { keyName, key }, tokens: new LockTokens(), clock, logger };
  const connections = trackConnections(services);
  const { server, port } = await listen({ host, port: options.port ?? 0 });
  server.on('connection', (socket) => connections.accept(socket));
  server.on('error', (error) => logger.error('The Service Bus port failed', { error }));
  disposer.defer(async () => {
    // No new connections from here on: clients that are turned out come back at once.
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await connections.dispose();
    await closed;
  });
  logger.info('Service Bus is listening', { host, port });

  return {
    port,
    connectionString: `Endpoint=sb://${host}:${port};SharedAccessKeyName=${keyName};SharedAccessKey=${key};UseDevelopmentEmulator=true;`,
    stats: () => namespace.stats(),
    dispose: () => disposer.dispose(),
  };
}

/** Open sockets and connections, so that disposal leaves none. */
function trackConnections(services: BrokerServices) {
  const sockets = new Set<Socket>();
  const connections = new Set<BusConnection>();
  const { logger } = services;
  return {
    accept(socket: Socket): void {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      route(socket, {
        onAmqp: () => {
          const connection = new BusConnection(socket, services);
          connections.add(connection);
          void connection.closed.then(() => connections.delete(connection));
        },
        onOther: () => logger.debug('Closed a connection that does not speak AMQP', { from: socket.remotePort }),
      });
    },
    async dispose(): Promise<void> {
      await Promise.all([...connections].map((connection) => connection.dispose()));
      for (const socket of sockets) socket.destroy();
    },
  };
}
