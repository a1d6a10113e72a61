import type { FastifyInstance } from 'fastify';
import { AdapterCatalog } from '../agents/adapter-catalog.ts';
import { AgentHost } from '../agents/agent-host.ts';
import { AgentManager } from '../agents/agent-manager.ts';
import { AgentMemoryTable } from '../agents/agent-memory.ts';
import { AGENT_STATE_TABLE, AgentStateTable } from '../agents/agent-state.ts';
import { ANSWERS_TABLE, AnswerStore } from '../agents/answer-store.ts';
import { Asker } from '../agents/asker.ts';
import { AgentCatalog } from '../agents/catalog.ts';
import { ControlBoard } from '../agents/control-board.ts';
import { CONVERSATIONS_TABLE, ConversationLog } from '../agents/conversation-log.ts';
import { HandlerThreads } from '../agents/handlers/handler-threads.ts';
import { joinLayout } from '../agents/layout-agreement.ts';
import { LayoutChange } from '../agents/layout-change.ts';
import { LifeBook } from '../agents/life-book.ts';
import { HEARTBEAT_MS, ReplicaDirectory } from '../agents/replica-directory.ts';
import { fencedSessions } from '../agents/shard-layout.ts';
import { ShardWorker } from '../agents/shard-worker.ts';
import { STATE_TABLE, StateStore } from '../agents/state-store.ts';
import { ToolServers } from '../agents/tools/tool-servers.ts';
import { UsageBook } from '../agents/usage-book.ts';
import type { AosConfig } from '../contracts/config.ts';
import type { ReplicaView } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { Disposer } from '../core/disposal.ts';
import { newId, newSecret } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { LoRAXServer } from '../inference/lorax-server.ts';
import { ServiceBusManager } from '../messaging/service-bus-manager.ts';
import { BlobManager } from '../storage/blob-manager.ts';
import { TableManager } from '../storage/table-manager.ts';
import { telemetrySettings } from '../telemetry/settings.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { WORKFLOW_TABLE } from '../workflow/table-store.ts';
import { BlobAdapters } from './blob-adapters.ts';
import { ConfigSource, readConfig } from './config-source.ts';
import {
  type Environment,
  resolveEndpoints,
  resolveSecret,
  type ServiceBusConnection,
  type StorageConnection,
} from './environment.ts';
import { createHttpServer } from './http-server.ts';
import { chooseEmbedder, createInference, EndpointWatch, LORAX } from './inference.ts';
import { addInferenceRoutes } from './inference-routes.ts';
import { LiveFeed } from './live-feed.ts';
import { Overview } from './overview.ts';
import { addRoutes } from './routes.ts';
import { TRACES_TABLE, TraceStore } from './trace-store.ts';
import { VERSION } from './version.ts';
import { addWorkflowRoutes } from './workflow-routes.ts';
import { Workflows } from './workflows.ts';

export interface RuntimeOptions {
  /** The workspace: where aos.json is, and what handlers are relative to. */
  folder: string;
  /** Name of this replica, unique among those that run. Default `replica-1`. */
  replica?: string;
  /** Bearer token of the HTTP API. Default: a new one, see `Runtime.token`. */
  token?: string;
  /** Where `embedded` services and `env:NAME` are looked up. Default `process.env`. */
  env?: Environment;
  /** Asks whoever started the replicas for another number of them; undefined where somebody else decides (KEDA). */
  scale?: ((replicas: number) => void) | undefined;
  /** The replicas have agreed on another number of shards while this one was silent: it must be started again. */
  onOutdated?: () => void;
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

  const traces: { store?: TraceStore } = {};
  const { serviceName, samplingRatio, otlpEndpoint } = telemetrySettings(env, isLocal(started) ? 'local' : 'cloud');
  const telemetry = createTelemetry({
    ...{ replica, serviceName, samplingRatio },
    serviceVersion: VERSION,
    onSpan: (span) => traces.store?.add(span),
    otlp: otlpEndpoint === undefined ? undefined : { endpoint: otlpEndpoint, logger: logger.child('telemetry') },
  });
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
    agentState: table(AGENT_STATE_TABLE),
    workflows: table(WORKFLOW_TABLE),
    traces: table(TRACES_TABLE),
  };

  const blobAdapters = disposer.add(
    new BlobAdapters(
      new BlobManager({ connection: endpoints.storage, container: 'adapters', logger: logger.child('storage') }),
    ),
  );
  const lorax = new LoRAXServer({
    ...endpoints.lorax,
    fetchBlob: (name) => blobAdapters.fetch(name),
    api: started.model.endpoint === 'embedded' ? 'lorax' : started.model.api,
    baseModel: started.model.base,
    maxAdapters: started.model.max_adapters,
    gpuMemoryUtilization: started.model.gpu_memory_utilization,
    baseDir: folder,
    logger: logger.child('inference'),
    clock,
  });
  const endpoint = new EndpointWatch({ lorax, logger: logger.child('inference') });
  const store = new StateStore(tables.state);
  const adapters = new AdapterCatalog({ store, lorax, clock });
  const [embedder] = await Promise.all([
    chooseEmbedder(started.runtime.cache.embedder, lorax, logger.child('cache')),
    endpoint.look(),
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
  const catalog = new AgentCatalog({ store, clock });
  catalog.setConfig(started);
  const answers = disposer.add(new AnswerStore({ table: tables.answers, clock, logger: logger.child('cache') }));
  answers.startSweeping();
  const inference = createInference({
    config: started.runtime,
    ...{ answers, embedder, clock },
    meters: telemetry.meters,
    logger: logger.child('inference'),
  });
  disposer.defer(() => inference.cache.dispose());
  let worker: ShardWorker | undefined;
  let numShards = started.runtime.shards;
  let state: ReplicaView['state'] = 'running';
  const startedAt = new Date(clock.now()).toISOString();
  const view = (): ReplicaView => ({
    replica,
    state,
    pid: process.pid,
    started_at: startedAt,
    shards: worker?.shards ?? [],
    ...inference.view(),
    memory_bytes: process.memoryUsage.rss(),
  });
  const directory = new ReplicaDirectory({
    replica,
    store,
    clock,
    describe: async () => ({
      view: view(),
      metrics: await telemetry.collect(),
      backlog: worker?.backlog ?? {},
      shards: numShards,
    }),
  });
  // The others hear what this replica wants before it looks at what they have agreed on.
  await directory.beat();
  const layout = await joinLayout({
    wanted: numShards,
    replica,
    store,
    directory,
    clock,
    logger: logger.child('shards'),
  });
  numShards = layout.shards;
  const bus = disposer.add(
    new ServiceBusManager({
      connection: endpoints.serviceBus,
      numShards: layout.sessions,
      logger: logger.child('bus'),
      meters: telemetry.meters,
    }),
  );
  await Promise.all(fencedSessions(layout).map((shard) => bus.sendFence(shard, layout.epoch)));
  const asker = new Asker({
    ...{ config, catalog, adapters, lorax, usage, telemetry, clock },
    ...{ lanes: inference.lanes, cache: inference.cache, protect: inference.protect },
    engine: () => endpoint.engine,
    conversations: new ConversationLog({ write: conversations, clock }),
  });
  const workflows: Workflows = new Workflows({
    table: tables.workflows,
    ...{ numShards, config, bus, clock },
    agents: () => agents,
    logger: logger.child('workflows'),
  });
  disposer.defer(() => workflows.runner.dispose());
  const agents = new AgentManager({
    ...{ numShards, catalog, bus, asker, usage, clock },
    onOutcome: (outcome) => workflows.onOutcome(outcome),
    onPublished: (event) => workflows.onPublished(event),
  });

  const lives = new LifeBook({ store, clock, logger: logger.child('agents') });
  const handlers = disposer.add(new HandlerThreads({ folder, clock }));
  const tools = disposer.add(
    new ToolServers({
      servers: started.mcp_servers,
      folder,
      resolveSecret: (path, reference) => resolveSecret(path, reference, env),
      clock,
      logger: logger.child('tools'),
    }),
  );
  const host = new AgentHost({
    ...{ handlers, tools },
    catalog,
    states: new AgentStateTable(tables.agentState),
    memories: new AgentMemoryTable({ table: tables.agentState, clock }),
    lives,
    services: agents,
    handlerDeadlineMs: () => config().runtime.deadlines.handler_seconds * 1000,
    newEventId: () => newId('evt'),
    tracer: telemetry.tracer,
    signalRun: (message) => workflows.handle(message),
    clock,
    logger: logger.child('agents'),
  });
  const shards = new ShardWorker({
    ...{ replica, bus, directory, lives, clock },
    change: new LayoutChange({ layout, store }),
    handle: (delivery, handled, signal) => host.handle(delivery, handled, signal),
    onTaken: (shard) => workflows.runner.resume(shard),
    onGiven: (shard) => workflows.runner.release(shard),
    onOutdated: () => options.onOutdated?.(),
    logger: logger.child('shards'),
  });
  worker = shards;

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
      engine: endpoint.engine,
      model: endpoint.model,
      endpoint: endpoints.lorax.endpoint,
      service_bus: busName(endpoints.serviceBus),
      storage: storageName(endpoints.storage),
      shards: numShards,
      config_error: source.error,
    }),
  });
  const feed = disposer.add(new LiveFeed({ overview, clock, logger: logger.child('live') }));
  const http = createHttpServer({ token, tracer: telemetry.tracer, logger: logger.child('http') });
  const board = new ControlBoard({ store, carryOut: (control) => inference.carryOut(control) });
  await board.look();
  addRoutes(http, {
    version: VERSION,
    draining: () => state !== 'running',
    ...{ agents, overview, feed, scale: options.scale },
    traces: traces.store,
  });
  addWorkflowRoutes(http, workflows);
  addInferenceRoutes(http, {
    ...{ asker, adapters, lorax, overview, board },
    breakers: [LORAX],
    clearAnswers: () => answers.clear(),
  });

  // Heartbeat: what this replica is and holds, and its share of the usage.
  let heartbeat: Disposable | undefined;
  const beat = async () => {
    try {
      await Promise.all([board.look(), endpoint.look()]);
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
      tools.setConfig(next.mcp_servers).catch((error) => logger.error('an MCP server could not be ended', { error }));
      adapters
        .setConfig(next)
        .catch((error) => logger.error('the adapters of aos.json could not be registered', { error }));
    }),
  );
  disposer.defer(async () => {
    state = 'draining';
    heartbeat?.[Symbol.dispose]();
    await http.close();
    await shards.stop();
    await lives.flush();
    state = 'stopped';
    await beat();
  });

  await beat();
  await shards.start();
  await beat();
  shards.onChanged(() => void beat());
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
      return shards.shards;
    },
    listen: async ({ host: address = '127.0.0.1', port }) => http.listen({ host: address, port }),
    dispose: () => disposer.dispose(),
  };
}

/** On the services of this machine; there every trace is kept. */
const isLocal = ({ connections }: AosConfig) =>
  connections.service_bus === 'embedded' && connections.storage === 'embedded';

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
