import type { AdapterCatalog } from '../agents/adapter-catalog.ts';
import type { AgentCatalog, AgentEntry } from '../agents/catalog.ts';
import { NEW_LIFE } from '../agents/purpose-driven-agent.ts';
import { isLive } from '../agents/replica-directory.ts';
import type { LifeRecord, ReplicaRecord, StateStore } from '../agents/state-store.ts';
import { AgentUsage } from '../agents/usage.ts';
import type { UsageBook } from '../agents/usage-book.ts';
import type { LiveSnapshot } from '../contracts/events.ts';
import type { AdapterView, AgentView, Metrics, RuntimeStatus, ShardView } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import type { LoRAXServer } from '../inference/lorax-server.ts';
import { getShardId } from '../sharding/shard-id.ts';
import { mergeReadings } from '../telemetry/metrics.ts';
import type { ReplicaReading } from '../telemetry/prometheus.ts';

export interface OverviewOptions {
  store: StateStore;
  agents: AgentCatalog;
  adapters: AdapterCatalog;
  lorax: LoRAXServer;
  /** This replica's own usage, which is newer here than in storage. */
  own: { replica: string; usage: UsageBook };
  numShards: number;
  clock: Clock;
  /** The parts of the status that every replica knows by itself. */
  about: () => Omit<RuntimeStatus, 'replicas' | 'usage'>;
}

/** How old an overview may be where that does no harm. */
const RECENT_MS = 150;

/** The whole system as any replica sees it: put together from what all replicas write to storage. */
export class Overview {
  readonly #options: OverviewOptions;
  #last: { at: number; snapshot: Promise<LiveSnapshot> } | undefined;

  constructor(options: OverviewOptions) {
    this.#options = options;
  }

  /** Looks now: whoever has changed something sees it. */
  read(): Promise<LiveSnapshot> {
    const snapshot = this.#look();
    this.#last = { at: this.#options.clock.monotonic(), snapshot };
    // A failed look is not kept: the next caller looks again.
    snapshot.catch(() => (this.#last = undefined));
    return snapshot;
  }

  /** What was seen up to 150 ms ago; many callers share one look. */
  readRecent(): Promise<LiveSnapshot> {
    const now = this.#options.clock.monotonic();
    return this.#last && now - this.#last.at <= RECENT_MS ? this.#last.snapshot : this.read();
  }

  async metrics(): Promise<Metrics> {
    return mergeReadings((await this.readings()).map(({ reading }) => reading));
  }

  /** The meters of each replica that lives. */
  async readings(): Promise<ReplicaReading[]> {
    const now = this.#options.clock.now();
    const replicas = (await this.#options.store.listReplicas()).filter((replica) => isLive(replica, now));
    return replicas.map(({ view, metrics }) => ({ replica: view.replica, reading: metrics }));
  }

  async #look(): Promise<LiveSnapshot> {
    const { store, agents, adapters, lorax, clock, about } = this.#options;
    const [entries, lives, replicas, infos, loaded] = await Promise.all([
      agents.list(),
      store.listLives(),
      store.listReplicas(),
      adapters.list(),
      lorax.loadedAdapters(),
    ]);
    const usage = await this.#usage(replicas);
    const live = replicas.filter((record) => isLive(record, clock.now()));
    const agentViews = this.#agentViews(entries, lives, live, usage);
    const adapterViews = infos.map((info): AdapterView => {
      const users = agentViews.filter((agent) => agent.adapter === info.name);
      const state = loaded?.get(info.name);
      return {
        name: info.name,
        path: info.path,
        source: info.source,
        revision: info.revision,
        loaded: loaded === undefined ? null : (state?.loaded ?? false),
        pinned: state?.pinned ?? false,
        tier: state?.tier ?? (loaded === undefined ? null : 'disk'),
        size_bytes: state?.sizeBytes ?? info.sizeBytes ?? null,
        memory_bytes: state?.memoryBytes ?? null,
        load_count: state?.loadCount ?? (loaded === undefined ? null : 0),
        uses: users.reduce((sum, agent) => sum + agent.usage.requests - agent.usage.errors, 0),
        agents: users.map((agent) => agent.agent_id),
      };
    });
    const status: RuntimeStatus = {
      ...about(),
      replicas: live.map(({ view }) => view),
      usage: AgentUsage.sum(usage.values()).view(),
    };
    return {
      event: 'snapshot',
      status,
      agents: agentViews,
      adapters: adapterViews,
      shards: this.#shardViews(agentViews, live),
    };
  }

  async #usage(replicas: readonly ReplicaRecord[]): Promise<Map<string, AgentUsage>> {
    const { store, own } = this.#options;
    const others = replicas.map(({ view }) => view.replica).filter((replica) => replica !== own.replica);
    const parts = [own.usage.current, ...(await Promise.all(others.map((replica) => store.loadUsage(replica))))];
    const byAgent = new Map<string, AgentUsage[]>();
    for (const [agentId, usage] of parts.flatMap((part) => [...part])) {
      byAgent.set(agentId, [...(byAgent.get(agentId) ?? []), usage]);
    }
    return new Map([...byAgent].map(([agentId, list]) => [agentId, AgentUsage.sum(list)]));
  }

  #agentViews(
    entries: readonly AgentEntry[],
    lives: readonly LifeRecord[],
    live: readonly ReplicaRecord[],
    usage: ReadonlyMap<string, AgentUsage>,
  ): AgentView[] {
    const lifeOf = new Map(lives.map((life) => [life.agentId, life]));
    const unused = new AgentUsage();
    return entries.map((entry) => {
      const life = lifeOf.get(entry.agentId) ?? NEW_LIFE;
      const shard = getShardId(entry.agentId, this.#options.numShards);
      return {
        agent_id: entry.agentId,
        purpose: entry.purpose,
        adapter: entry.adapterName ?? null,
        priority: entry.priority,
        origin: entry.origin,
        handler: entry.handler ?? null,
        subscribes: [...entry.subscribes],
        examples: [...entry.examples],
        state: life.state,
        shard,
        replica: holderOf(shard, live),
        wake_count: life.wakeCount,
        last_event: life.lastEvent,
        last_error: life.state === 'failed' ? life.lastError : null,
        usage: (usage.get(entry.agentId) ?? unused).view(),
      };
    });
  }

  #shardViews(agents: readonly AgentView[], live: readonly ReplicaRecord[]): ShardView[] {
    return Array.from({ length: this.#options.numShards }, (_, shard) => {
      const holder = live.find(({ view }) => view.shards.includes(shard));
      return {
        shard,
        replica: holder?.view.replica ?? null,
        agents: agents.filter((agent) => agent.shard === shard).length,
        waiting: holder ? (holder.backlog[String(shard)] ?? 0) : null,
      };
    });
  }
}

function holderOf(shard: number, live: readonly ReplicaRecord[]): string | null {
  return live.find(({ view }) => view.shards.includes(shard))?.view.replica ?? null;
}
