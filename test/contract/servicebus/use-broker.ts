import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { ServiceBusClient, type ServiceBusClientOptions } from '@azure/service-bus';
import { afterAll, beforeAll } from 'vitest';
import type { EntityStats } from '../../../runtime/cloud/servicebus/index.ts';
import type { ServiceBusEntities } from '../../../runtime/contracts/servicebus.ts';
import type { BrokerReply, BrokerRequest } from './broker-process.ts';

export interface TestBroker {
  readonly connectionString: string;
  /** A client that fails at once instead of trying again for minutes; closed with the suite. */
  client(options?: ServiceBusClientOptions): ServiceBusClient;
  stats(name: string): Promise<EntityStats>;
}

/** Starts a broker in its own process for the suite, and stops it after. */
export function useBroker(entities: ServiceBusEntities): TestBroker {
  let broker: RunningBroker;
  const clients: ServiceBusClient[] = [];
  beforeAll(async () => {
    broker = await startBroker(entities);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await broker.stop();
  });
  return {
    get connectionString() {
      return broker.connectionString;
    },
    client(options) {
      const client = new ServiceBusClient(broker.connectionString, { retryOptions: { maxRetries: 0 }, ...options });
      clients.push(client);
      return client;
    },
    async stats(name) {
      const found = (await broker.stats()).find((entity) => entity.name === name);
      if (!found) throw new Error(`The broker has no entity '${name}'`);
      return found;
    },
  };
}

export interface RunningBroker {
  readonly connectionString: string;
  readonly process: ChildProcess;
  stats(): Promise<EntityStats[]>;
  /** Resolves with the exit code: 0 says that nothing was left open. */
  stop(): Promise<number | null>;
}

export async function startBroker(entities: ServiceBusEntities): Promise<RunningBroker> {
  const child = fork(new URL('./broker-process.ts', import.meta.url), { execArgv: [] });
  const send = (request: BrokerRequest) => child.send(request);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  send({ start: { entities } });
  const [first] = (await once(child, 'message')) as [BrokerReply];
  if (!('ready' in first)) throw new Error(`The broker did not start: ${JSON.stringify(first)}`);

  let lastRequest = 0;
  return {
    connectionString: first.ready,
    process: child,
    stats() {
      const request = ++lastRequest;
      const { promise, resolve } = Promise.withResolvers<EntityStats[]>();
      const onMessage = (message: BrokerReply) => {
        if (!('stats' in message) || message.stats !== request) return;
        child.off('message', onMessage);
        resolve(message.entities);
      };
      child.on('message', onMessage);
      send({ stats: request });
      return promise;
    },
    async stop() {
      send({ stop: true });
      const [code] = await exit;
      return code;
    },
  };
}
