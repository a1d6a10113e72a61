import type { FastifyInstance } from 'fastify';
import { AdapterCatalog } from '../agents/adapter-catalog.ts';
import { AgentHost } from '../agents/agent-host.ts';
import { AgentManager } from '../agents/agent-manager.ts';
import { ANSWERS_TABLE, AnswerStore } from '../agents/answer-store.ts';
import { AgentCatalog } from '../agents/catalog.ts';
import { CONVERSATIONS_TABLE, ConversationLog } from '../agents/conversation-log.ts';
import { LifeBook } from '../agents/life-book.ts';
import { HEARTBEAT_MS, ReplicaDirectory } from '../agents/replica-directory.ts';
import { ShardWorker } from '../agents/shard-worker.ts';
import { STATE_TABLE, StateStore } from '../agents/state-store.ts';
import { UsageBook } from '../agents/usage-book.ts';
import type { AosConfig } from '../contracts/config.ts';
import type { ReplicaView } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { Disposer } from '../core/disposal.ts';
import { isAosError } from '../core/errors.ts';
import { newId, newSecret } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { CachedInferenceEngine } from '../inference/cached-inference-engine.ts';
import { LoRAXServer } from '../inference/lorax-server.ts';
import { ServiceBusManager } from '../messaging/service-bus-manager.ts';
import { Bulkhead } from '../reliability/bulkhead.ts';
import { CircuitBreaker } from '../reliability/circuit-breaker.ts';
import { getShardId } from '../sharding/shard-id.ts';
import { TableManager } from '../storage/table-manager.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { ConfigSource, readConfig } from './config-source.ts';
import {
  type Environment,
  resolveEndpoints,
  type ServiceBusConnection,
  type StorageConnection,
} from './environment.ts';
import { createHttpServer } from './http-server.ts';
import { LiveFeed } from './live-feed.ts';
import { Overview } from './overview.ts';
import { addRoutes } from './routes.ts';
import { TRACES_TABLE, TraceStore } from './trace-store.ts';
import { VERSION } from './version.ts';

export interface RuntimeOptions {
  /** The workspace: where aos.json is, and what handlers are relative to. */
  folder: string;
  /** Name of this replica, unique among those that run. Default `replica-1`. */
  replica?: string;
  /** Bearer token of the HTTP API. Default: a new one, see `Runtime.token`. */
  token?: string;
  /** Where `embedded` services and `env:NAME` are looked up. Default `process.env`. */
  env?: Environment;
  clock?: Clock;
  logger: Logger;
}

/** One replica: agents, shards, inference and the HTTP API over them. */
export interface Runtime {
  readonly replica: string;
  readonly token: string;
  readonly agents: AgentManager;
  readonly http: FastifyInstance;
  readonly config: AosConfig;
  /** Numbers of the shards this replica holds. */
  readonly shards: readonly number[];
  /** @returns the address, `http://127.0.0.1:7071` */
  listen(options: { host?: string; port: number }): Promise<string>;
  /** Drains and closes: takes no new shard, settles what it holds, writes what is unwritten. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Starts a replica on the services that aos.json names.
 * @throws AosError AOS_CONFIG_INVALID, or the error of a service that cannot be reached
 */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const {
    folder,
    replica = 'replica-1',
    token = newSecret(),
    env = process.env,
    clock = systemClock,
    logger,
  } = options;
  const started = await readConfig(folder);
  const endpoints = await resolveEndpoints(started, env);
  const disposer = new Disposer();
  const source = disposer.add(new ConfigSource({ folder, config: started, clock, logger: logger.child('config') }));
  const config = () => source.current;
  const numShards = started.runtime.shards;

  const traces: { store?: TraceStore } = {};
  const telemetry = createTelemetry({ replica, serviceVersion: VERSION, onSpan: (span) => traces.store?.add(span) });
  const table = (name: string) =>
    new TableManager({
      connection: endpoints.storage,
      table: name,
      logger: logger.child('storage'),
      meters: telemetry.meters,
      clock,
    });
  const tables = {
    state: table(STATE_TABLE),
    conversations: table(CONVERSATIONS_TABLE),
    answers: table(ANSWERS_TABLE),
    traces: table(TRACES_TABLE),
  };

  const lorax = new LoRAXServer({
    endpoint: endpoints.lorax.endpoint,
    apiKey: endpoints.lorax.apiKey,
    api: started.model.api,
    baseModel: started.model.base,
    maxAdapters: started.model.max_adapters,
    gpuMemoryUtilization: started.model.gpu_memory_utilization,
    baseDir: folder,
    logger: logger.child('inference'),
  });
  const store = new StateStore(tables.state);
  const adapters = new AdapterCatalog({ store, lorax, clock });
  const [info] = await Promise.all([
    lorax.info(),
    ...Object.values(tables).map((t) => t.ensure()),
    adapters.setConfig(started),
  ]);

  traces.store = new TraceStore({ table: tables.traces, clock, logger: logger.child('traces') });
  disposer.defer(() => traces.store?.flush());
  disposer.defer(() => telemetry.dispose());
  const conversations = tables.conversations.writeBehind({ flushMs: 500 });
  disposer.add(conversations);
  const usage = new UsageBook({ store, replica });
  await usage.load();
  const bus = disposer.add(
    new ServiceBusManager({
      connection: endpoints.serviceBus,
      numShards,
      logger: logger.child('bus'),
      meters: telemetry.meters,
    }),
  );
  const catalog = new AgentCatalog({ store, clock });
  catalog.setConfig(started);
  const { bulkhead, breaker, cache } = started.runtime;
  const answers = disposer.add(new AnswerStore({ table: tables.answers, clock, logger: logger.child('cache') }));
  answers.startSweeping();
  const parts = {
    breaker: new CircuitBreaker({
      name: 'lorax',
      failureThreshold: breaker.failure_threshold,
      recoveryTimeoutMs: breaker.recovery_timeout_seconds * 1000,
      isFailure: saysEndpointIsIll,
      clock,
    }),
    lanes: {
      critical: new Bulkhead({ lane: 'critical', limit: bulkhead.critical, queue: bulkhead.queue }),
      normal: new Bulkhead({ lane: 'normal', limit: bulkhead.normal, queue: bulkhead.queue }),
    },
    cache: new CachedInferenceEngine({
      ttlMs: cache.ttl_seconds * 1000,
      maxEntries: cache.max_entries,
      shared: cache.shared ? answers : undefined,
      clock,
      meters: telemetry.meters,
    }),
  };
  const agents = new AgentManager({
    numShards,
    config,
    catalog,
    adapters,
    bus,
    lorax,
    engine: info.engine,
    ...parts,
    conversations: new ConversationLog({ write: conversations, clock }),
    usage,
    telemetry,
    clock,
  });

  const lives = new LifeBook({ store, clock, logger: logger.child('agents') });
  const host = new AgentHost({
    folder,
    catalog,
    lives,
    services: agents,
    handlerDeadlineMs: () => config().runtime.deadlines.handler_seconds * 1000,
    newEventId: () => newId('evt'),
    clock,
    logger: logger.child('agents'),
  });
  let state: ReplicaView['state'] = 'running';
  const startedAt = new Date(clock.now()).toISOString();
  const view = (): ReplicaView => ({
    replica,
    state,
    pid: process.pid,
    started_at: startedAt,
    shards: worker.shards,
    lanes: [parts.lanes.critical.view(), parts.lanes.normal.view()],
    breakers: [parts.breaker.view()],
    cache: { entries: parts.cache.size, max_entries: cache.max_entries },
    memory_bytes: process.memoryUsage.rss(),
  });
  const directory = new ReplicaDirectory({
    replica,
    store,
    clock,
    describe: async () => ({ view: view(), metrics: await telemetry.collect(), backlog: worker.backlog }),
  });
  const inShard = (shard: number) => (agentId: string) => getShardId(agentId, numShards) === shard;
  const worker: ShardWorker = new ShardWorker({
    replica,
    numShards,
    bus,
    directory,
    handle: (delivery, signal) => host.handle(delivery, signal),
    onTaken: (shard) => lives.takeOver(inShard(shard)),
    onGiven: (shard) => lives.handOver(inShard(shard)),
    clock,
    logger: logger.child('shards'),
  });

  const overview = new Overview({
    store,
    agents: catalog,
    adapters,
    lorax,
    own: { replica, usage },
    numShards,
    clock,
    about: () => ({
      name: started.name,
      version: VERSION,
      state: state === 'running' ? 'running' : 'draining',
      engine: info.engine,
      model: info.model,
      endpoint: endpoints.lorax.endpoint,
      service_bus: busName(endpoints.serviceBus),
      storage: storageName(endpoints.storage),
      shards: numShards,
      config_error: source.error,
    }),
  });
  const feed = disposer.add(new LiveFeed({ overview, clock, logger: logger.child('live') }));
  const http = createHttpServer({ token, logger: logger.child('http') });
  addRoutes(http, {
    version: VERSION,
    draining: () => state !== 'running',
    agents,
    adapters,
    overview,
    feed,
    traces: traces.store,
  });

  // Heartbeat: what this replica is and holds, and its share of the usage.
  let heartbeat: Disposable | undefined;
  const beat = async () => {
    try {
      await Promise.all([directory.beat(), usage.flush()]);
    } catch (error) {
      logger.warn('the heartbeat could not be written; tried again', { error });
    }
  };
  const keepBeating = () => {
    heartbeat = clock.setTimeout(() => void beat().finally(() => state === 'running' && keepBeating()), HEARTBEAT_MS);
  };

  disposer.add(
    source.onChanged((next) => {
      catalog.setConfig(next);
      adapters
        .setConfig(next)
        .catch((error) => logger.error('the adapters of aos.json could not be registered', { error }));
    }),
  );
  disposer.defer(async () => {
    state = 'draining';
    heartbeat?.[Symbol.dispose]();
    await http.close();
    await worker.stop();
    await lives.flush();
    state = 'stopped';
    await beat();
  });

  await beat();
  await worker.start();
  await beat();
  worker.onChanged(() => void beat());
  keepBeating();
  source.watch();
  return {
    replica,
    token,
    agents,
    http,
    get config() {
      return source.current;
    },
    get shards() {
      return worker.shards;
    },
    listen: async ({ host: address = '127.0.0.1', port }) => http.listen({ host: address, port }),
    dispose: () => disposer.dispose(),
  };
}

/** A refusal is an answer: the endpoint works, and the next prompt may be a good one. */
const REFUSALS: readonly string[] = ['AOS_ADAPTER_NOT_FOUND', 'AOS_ADAPTER_REFUSED', 'AOS_BAD_REQUEST'];
const saysEndpointIsIll = (error: unknown) => !(isAosError(error) && REFUSALS.includes(error.code));

/** Host and port, or the namespace: never the key. */
function busName(connection: ServiceBusConnection): string {
  return typeof connection === 'string'
    ? (/Endpoint=sb:\/\/([^/;]+)/i.exec(connection)?.[1] ?? 'Service Bus')
    : connection.fullyQualifiedNamespace;
}

function storageName(connection: StorageConnection): string {
  if (typeof connection !== 'string') return connection.account;
  const endpoint = /TableEndpoint=https?:\/\/([^/;]+)/i.exec(connection)?.[1];
  return endpoint ?? /AccountName=([^;]+)/i.exec(connection)?.[1] ?? 'Storage';
}
