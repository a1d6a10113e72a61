import type { FastifyInstance } from 'fastify';
import { AdapterCatalog } from '../agents/adapter-catalog.ts';
import { AgentGoalTable } from '../agents/agent-goals.ts';
import { AgentHost } from '../agents/agent-host.ts';
import { AgentManager } from '../agents/agent-manager.ts';
import { AgentMemoryTable } from '../agents/agent-memory.ts';
import { AgentStateTable } from '../agents/agent-state.ts';
import { AgentSwitch } from '../agents/agent-switch.ts';
import { AnswerStore } from '../agents/answer-store.ts';
import { Asker } from '../agents/asker.ts';
import { AgentCatalog } from '../agents/catalog.ts';
import { ControlBoard } from '../agents/control-board.ts';
import { ConversationLog } from '../agents/conversation-log.ts';
import { HandlerThreads } from '../agents/handlers/handler-threads.ts';
import { joinLayout } from '../agents/layout-agreement.ts';
import { LayoutChange } from '../agents/layout-change.ts';
import { LifeBook } from '../agents/life-book.ts';
import { ReplicaDirectory } from '../agents/replica-directory.ts';
import { fencedSessions } from '../agents/shard-layout.ts';
import { type Shards, ShardWorker, type ShardWorkerOptions } from '../agents/shard-worker.ts';
import { StateStore } from '../agents/state-store.ts';
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
import { exportsOf, telemetrySettings } from '../telemetry/settings.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createAccessTokens } from './auth/access-tokens.ts';
import { BlobAdapters } from './blob-adapters.ts';
import { ConfigSource, readConfig } from './config-source.ts';
import { drain, leave } from './drain.ts';
import { busName, type Environment, isLocal, resolveEndpoints, resolveSecret, storageName } from './environment.ts';
import { Heartbeat } from './heartbeat.ts';
import { hostsOf } from './hosts.ts';
import { createHttpServer } from './http-server.ts';
import { chooseEmbedder, createInference, EndpointWatch, LORAX } from './inference.ts';
import { addInferenceRoutes } from './inference-routes.ts';
import { LiveFeed } from './live-feed.ts';
import { MetricsStore } from './metrics-store.ts';
import { Overview } from './overview.ts';
import { addProbes } from './probes.ts';
import { addResultRoutes } from './result-routes.ts';
import { ResultStore } from './results.ts';
import { addRoutes } from './routes.ts';
import { openTables } from './tables.ts';
import { TraceStore } from './trace-store.ts';
import { Traffic } from './traffic.ts';
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
  /** Takes the shards. Default: the replica takes its fair share, see {@link ShardWorker}. */
  takeShards?: (options: ShardWorkerOptions) => Shards;
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
  const started = await readConfig(folder, env);
  const endpoints = await resolveEndpoints(started, env);
  const disposer = new Disposer();
  const source = disposer.add(
    new ConfigSource({ folder, env, config: started, clock, logger: logger.child('config') }),
  );
  const config = () => source.current;

  const traces: { store?: TraceStore } = {};
  const settings = telemetrySettings(env, isLocal(endpoints) ? 'local' : 'cloud');
  const accessTokens = createAccessTokens({ env, clock, logger: logger.child('auth') });
  const hosts = hostsOf(env);
  const telemetry = createTelemetry({
    ...{ replica, serviceName: settings.serviceName, samplingRatio: settings.samplingRatio },
    serviceVersion: VERSION,
    onSpan: (span) => traces.store?.add(span),
    exports: exportsOf(settings, logger.child('telemetry')),
    logger: logger.child('telemetry'),
  });
  const tables = openTables({
    connection: endpoints.storage,
    logger: logger.child('storage'),
    meters: telemetry.meters,
    clock,
  });

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
    accessTokens?.available(),
    ...Object.values(tables).map((t) => t.ensure()),
    adapters.setConfig(started),
  ]);

  traces.store = new TraceStore({ table: tables.traces, clock, logger: logger.child('traces') });
  disposer.defer(() => traces.store?.flush());
  disposer.defer(() => telemetry.dispose());
  const metrics = disposer.add(
    new MetricsStore({
      ...{ table: tables.metrics, replica, clock, logger: logger.child('metrics') },
      collect: () => telemetry.collect(),
    }),
  );
  const conversations = tables.conversations.writeBehind({ flushMs: 500 });
  disposer.add(conversations);
  const usage = new UsageBook({ store, replica });
  await usage.load();
  const catalog = new AgentCatalog({ store, clock });
  catalog.setConfig(started);
  const switches = new AgentSwitch({ store });
  const answers = disposer.add(new AnswerStore({ table: tables.answers, clock, logger: logger.child('cache') }));
  answers.startSweeping();
  const inference = createInference({
    config: started.runtime,
    ...{ answers, embedder, clock },
    meters: telemetry.meters,
    logger: logger.child('inference'),
  });
  disposer.defer(() => inference.cache.dispose());
  let worker: Shards | undefined;
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
    ...{ config, catalog, switches, adapters, lorax, usage, telemetry, clock },
    ...{ lanes: inference.lanes, cache: inference.cache, protect: inference.protect },
    engine: () => endpoint.engine,
    conversations: new ConversationLog({ write: conversations, clock }),
  });
  const workflows: Workflows = new Workflows({
    table: tables.workflows,
    ...{ numShards, config, bus, clock },
    agents: () => agents,
    meters: telemetry.meters,
    logger: logger.child('workflows'),
  });
  disposer.defer(() => workflows.runner.dispose());
  const agents = new AgentManager({
    ...{ numShards, catalog, switches, bus, asker, usage, clock },
    lives: store,
    canPutAside: options.takeShards === undefined,
    meters: telemetry.meters,
    onOutcome: (outcome) => workflows.onOutcome(outcome),
    onPublished: (event) => workflows.onPublished(event),
  });

  const goals = new AgentGoalTable({ table: tables.agentState, clock });
  const lives = new LifeBook({ store, switches, clock, logger: logger.child('agents') });
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
    ...{ handlers, tools, catalog, switches },
    states: new AgentStateTable(tables.agentState),
    memories: new AgentMemoryTable({ table: tables.agentState, clock }),
    goals,
    lives,
    services: agents,
    handlerDeadlineMs: () => config().runtime.deadlines.handler_seconds * 1000,
    newEventId: () => newId('evt'),
    tracer: telemetry.tracer,
    signalRun: (message) => workflows.handle(message),
    clock,
    logger: logger.child('agents'),
  });
  const { takeShards = (given) => new ShardWorker(given) } = options;
  const shards = takeShards({
    ...{ replica, bus, directory, lives, switches, store, clock },
    change: new LayoutChange({ layout, store }),
    handle: (delivery, handled, owned) => host.handle(delivery, handled, owned),
    onTurned: (agentId) => host.turned(agentId),
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
      adapter_slots: lorax.maxAdapters,
      config_error: source.error,
    }),
  });
  const feed = disposer.add(new LiveFeed({ overview, clock, logger: logger.child('live') }));
  const http = createHttpServer({
    ...{ token, accessTokens, hosts },
    tracer: telemetry.tracer,
    logger: logger.child('http'),
  });
  const traffic = new Traffic(http);
  const board = new ControlBoard({ store, carryOut: (control) => inference.carryOut(control) });
  await board.look();
  addProbes(http, {
    version: VERSION,
    draining: () => state !== 'running',
    ...{ shards, overview, endpoint, accessTokens },
    storageAnswers: () => heartbeat.fresh,
  });
  addRoutes(http, {
    version: VERSION,
    ...{ agents, overview, feed, scale: options.scale },
    goalsOf: async (agentId) => goals.list(agentId, (await catalog.get(agentId)).goals),
    traces: traces.store,
    metrics,
  });
  addWorkflowRoutes(http, workflows);
  addResultRoutes(http, new ResultStore({ connection: endpoints.storage, logger: logger.child('results') }));
  addInferenceRoutes(http, {
    ...{ asker, adapters, lorax, overview, board },
    breakers: [LORAX],
    clearAnswers: () => answers.clear(),
    forgetAnswer: (key) => answers.forget(key),
  });

  const heartbeat = new Heartbeat({
    write: async () => {
      await Promise.all([board.look(), switches.look(), endpoint.look()]);
      await Promise.all([directory.beat(), usage.flush()]);
    },
    ...{ clock, logger },
  });

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
    heartbeat.stop();
    await drain({ traffic, shards, clock, logger });
    await http.close();
    // Before the bus is closed, which may take long where it is away.
    await Promise.all([lives.flush(), conversations.flush()]);
    state = 'stopped';
    await heartbeat.beat();
  });

  await heartbeat.beat();
  await shards.start();
  await heartbeat.beat();
  shards.onChanged(() => void heartbeat.beat());
  heartbeat.keepBeating();
  metrics.start();
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
    dispose: () => leave(disposer.dispose(), { clock, logger }),
  };
}
