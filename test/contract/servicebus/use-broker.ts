import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { ServiceBusClient, type ServiceBusClientOptions } from '@azure/service-bus';
import { afterAll, beforeAll } from 'vitest';
import type { EntityStats } from '../../../runtime/cloud/servicebus/index.ts';
import type { ServiceBusEntities } from '../../../runtime/contracts/servicebus.ts';
import type { BrokerReply, BrokerRequest, BrokerStart } from './broker-process.ts';

export interface TestBroker {
  readonly connectionString: string;
  /** A client that fails at once instead of trying again for minutes; closed with the suite. */
  client(options?: ServiceBusClientOptions & { connectionString?: string }): ServiceBusClient;
  stats(name: string): Promise<EntityStats>;
  /** Moves the time of a broker with a manual clock. @returns what its clock says then */
  advance(byMs: number): Promise<number>;
}

/** Starts a broker in its own process for the suite, and stops it after. */
export function useBroker(entities: ServiceBusEntities, options: Omit<BrokerStart, 'entities'> = {}): TestBroker {
  let broker: RunningBroker;
  const clients: ServiceBusClient[] = [];
  beforeAll(async () => {
    broker = await startBroker(entities, options);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await broker.stop();
  });
  return {
    get connectionString() {
      return broker.connectionString;
    },
    client({ connectionString = broker.connectionString, ...rest } = {}) {
      const client = new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0 }, ...rest });
      clients.push(client);
      return client;
    },
    async stats(name) {
      const found = (await broker.stats()).find((entity) => entity.name === name);
      if (!found) throw new Error(`The broker has no entity '${name}'`);
      return found;
    },
    advance: (byMs) => broker.advance(byMs),
  };
}

export interface RunningBroker {
  readonly connectionString: string;
  readonly process: ChildProcess;
  stats(): Promise<EntityStats[]>;
  advance(byMs: number): Promise<number>;
  /** Resolves with the exit code: 0 says that nothing was left open. */
  stop(): Promise<number | null>;
}

export async function startBroker(
  entities: ServiceBusEntities,
  options: Omit<BrokerStart, 'entities'> = {},
): Promise<RunningBroker> {
  const child = fork(new URL('./broker-process.ts', import.meta.url), { execArgv: [] });
  const send = (request: BrokerRequest) => child.send(request);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  send({ start: { entities, ...options } });
  const [first] = (await once(child, 'message')) as [BrokerReply];
  if (!('ready' in first)) throw new Error(`The broker did not start: ${JSON.stringify(first)}`);

  let lastRequest = 0;
  /** The reply to the request with this number, as `pick` finds it. */
  const ask = <T>(request: BrokerRequest, pick: (reply: BrokerReply) => T | undefined): Promise<T> => {
    const { promise, resolve } = Promise.withResolvers<T>();
    const onMessage = (message: BrokerReply) => {
      const picked = pick(message);
      if (picked === undefined) return;
      child.off('message', onMessage);
      resolve(picked);
    };
    child.on('message', onMessage);
    send(request);
    return promise;
  };
  return {
    connectionString: first.ready,
    process: child,
    stats() {
      const number = ++lastRequest;
      return ask({ stats: number }, (reply) =>
        'stats' in reply && reply.stats === number ? reply.entities : undefined,
      );
    },
    advance(byMs) {
      const number = ++lastRequest;
      return ask({ advance: number, byMs }, (reply) =>
        'advance' in reply && reply.advance === number ? reply.nowMs : undefined,
      );
    },
    async stop() {
      send({ stop: true });
      const [code] = await exit;
      return code;
    },
  };
}
