import type { AdapterConfig } from '../contracts/config.ts';
import { type ReplicaView, replicaViewSchema } from '../contracts/http.ts';
import type { Priority } from '../contracts/ids.ts';
import type { TableManager } from '../storage/table-manager.ts';
import { type MeterReading, meterReadingSchema } from '../telemetry/metrics.ts';
import type { AgentLife } from './purpose-driven-agent.ts';
import type { ShardLayout } from './shard-layout.ts';
import { AgentUsage } from './usage.ts';

type AdapterSource = AdapterConfig['source'];

/** The table all rows below live in; its name is that of AOS's own template. */
export const STATE_TABLE = 'AOSStateStore';

/** Partitions of the state table. Few rows each, read as a whole; what grows with time lives in other tables (R29, R30). */
const AGENTS = 'agents';
const ADAPTERS = 'adapters';
const LIVES = 'lives';
const REPLICAS = 'replicas';
const ORDERS = 'orders';
const LAYOUT = 'layout';
const FENCES = 'fences';
const WISHES = 'wishes';
const usagePartition = (replica: string) => `usage_${replica}`;
const deferredPartition = (shard: number) => `deferred_${shard}`;
/** Row keys are ordered as text: a sequence number has 19 digits at most. */
const positionKey = (position: bigint) => String(position).padStart(19, '0');

/** An agent that was registered while the runtime ran. */
export interface AgentRecord {
  agentId: string;
  purpose: string;
  adapterName: string | undefined;
  priority: Priority;
  registeredAt: string;
}

/** An adapter that was registered while the runtime ran. */
export interface AdapterRecord {
  name: string;
  path: string;
  source: AdapterSource;
}

/** How an agent lives; written by the replica that holds its shard, and by nobody else. */
export interface LifeRecord extends AgentLife {
  agentId: string;
}

/** A replica's sign of life. */
export interface ReplicaRecord {
  view: ReplicaView;
  metrics: MeterReading;
  /** Shard → messages that this replica has received and not handled. */
  backlog: Record<string, number>;
  /** The number of shards it runs by; before it has joined the others, the number that its aos.json says. */
  shards: number;
  /** Milliseconds since the Unix epoch. */
  heartbeatAt: number;
}

/** Whether an agent is to take events. */
export interface WishRecord {
  agentId: string;
  /** Another one for each time it was stopped, started or restarted. */
  id: string;
  stopped: boolean;
}

/** A message of a stopped agent that was put aside in a shard. */
export interface DeferredRecord {
  agentId: string;
  /** Order among the messages of its agent, see `ShardDelivery.position`. */
  position: bigint;
  /** Its number in the shard; undefined: it was sent on from the shard that its agent lived in before, and is to come. */
  sequenceNumber: bigint | undefined;
}

/** What one replica told all to do; the last one for each subject. */
export interface ControlOrder {
  id: string;
  subject: string;
  action: string;
}

/**
 * What the replicas tell each other, in Table storage: no replica knows another one's address, and a new one finds
 * everything it needs here.
 */
export class StateStore {
  readonly #table: TableManager;

  constructor(table: TableManager) {
    this.#table = table;
  }

  /** @returns false if an agent of this id is there already */
  async createAgent(record: AgentRecord): Promise<boolean> {
    const { agentId, ...rest } = record;
    return this.#table.create({ partitionKey: AGENTS, rowKey: agentId, ...withoutUndefined(rest) });
  }

  async getAgent(agentId: string): Promise<AgentRecord | undefined> {
    const row = await this.#table.get(AGENTS, agentId);
    return row && toAgentRecord(row);
  }

  async deleteAgent(agentId: string): Promise<void> {
    await this.#table.delete(AGENTS, agentId);
    await this.#table.delete(LIVES, agentId);
    await this.#table.delete(WISHES, agentId);
  }

  async listAgents(): Promise<AgentRecord[]> {
    return (await this.#all(AGENTS)).map(toAgentRecord);
  }

  /** @returns false if an adapter of this name is there already */
  async createAdapter({ name, path, source }: AdapterRecord): Promise<boolean> {
    return this.#table.create({ partitionKey: ADAPTERS, rowKey: name, path, source });
  }

  async getAdapter(name: string): Promise<AdapterRecord | undefined> {
    const row = await this.#table.get(ADAPTERS, name);
    return row && toAdapterRecord(row);
  }

  async listAdapters(): Promise<AdapterRecord[]> {
    return (await this.#all(ADAPTERS)).map(toAdapterRecord);
  }

  async saveLives(records: readonly LifeRecord[]): Promise<void> {
    await this.#table.upsertBatch(
      records.map(({ agentId, lastEvent, lastError, ...rest }) => ({
        partitionKey: LIVES,
        rowKey: agentId,
        ...rest,
        lastEvent: lastEvent ? JSON.stringify(lastEvent) : '',
        lastError: lastError ?? '',
      })),
    );
  }

  async getLife(agentId: string): Promise<LifeRecord | undefined> {
    const row = await this.#table.get(LIVES, agentId);
    return row && toLifeRecord(row);
  }

  async listLives(): Promise<LifeRecord[]> {
    return (await this.#all(LIVES)).map(toLifeRecord);
  }

  async saveReplica(record: ReplicaRecord): Promise<void> {
    await this.#table.upsert({
      partitionKey: REPLICAS,
      rowKey: record.view.replica,
      heartbeatAt: String(record.heartbeatAt),
      view: JSON.stringify(record.view),
      metrics: JSON.stringify(record.metrics),
      backlog: JSON.stringify(record.backlog),
      shards: record.shards,
    });
  }

  /** Every replica there ever was, lost and stopped ones too: their usage counts. */
  async listReplicas(): Promise<ReplicaRecord[]> {
    return (await this.#all(REPLICAS)).map((row) => ({
      view: replicaViewSchema.parse(JSON.parse(String(row.view))),
      metrics: meterReadingSchema.parse(JSON.parse(String(row.metrics))),
      backlog: JSON.parse(String(row.backlog)) as Record<string, number>,
      shards: Number(row.shards),
      heartbeatAt: Number(row.heartbeatAt),
    }));
  }

  async saveUsage(replica: string, usage: ReadonlyMap<string, AgentUsage>): Promise<void> {
    const partitionKey = usagePartition(replica);
    await this.#table.upsertBatch(
      [...usage].map(([rowKey, value]) => ({ partitionKey, rowKey, usage: value.toJSON() })),
    );
  }

  /** Usage by agent, of one replica. */
  async loadUsage(replica: string): Promise<Map<string, AgentUsage>> {
    const rows = await this.#all(usagePartition(replica));
    return new Map(rows.map((row) => [row.rowKey, AgentUsage.parse(String(row.usage))]));
  }

  async saveOrder({ subject, ...order }: ControlOrder): Promise<void> {
    await this.#table.upsert({ partitionKey: ORDERS, rowKey: subject, ...order });
  }

  async listOrders(): Promise<ControlOrder[]> {
    return (await this.#all(ORDERS)).map((row) => ({
      id: String(row.id),
      subject: row.rowKey,
      action: String(row.action),
    }));
  }

  /** The layout that all replicas run by, with its ETag; undefined before the first replica ever. */
  async readLayout(): Promise<{ layout: ShardLayout; etag: string } | undefined> {
    const found = await this.#table.getVersioned(LAYOUT, LAYOUT);
    return found && { layout: toLayout(found.row), etag: found.etag };
  }

  /** @returns false if there is one already */
  createLayout(layout: ShardLayout): Promise<boolean> {
    return this.#table.create(layoutRow(layout));
  }

  /** @returns false if somebody has written it since it was read */
  async replaceLayout(layout: ShardLayout, etag: string): Promise<boolean> {
    return (await this.#table.replace(layoutRow(layout), etag)) !== undefined;
  }

  async saveFencePassed(shard: number, epoch: number): Promise<void> {
    await this.#table.upsert({ partitionKey: FENCES, rowKey: String(shard), epoch });
  }

  /** Sessions whose fence of this layout has passed. */
  async listFencesPassed(epoch: number): Promise<Set<number>> {
    const rows = await this.#all(FENCES);
    return new Set(rows.filter((row) => Number(row.epoch) === epoch).map((row) => Number(row.rowKey)));
  }

  async saveWish({ agentId, ...wish }: WishRecord): Promise<void> {
    await this.#table.upsert({ partitionKey: WISHES, rowKey: agentId, ...wish });
  }

  async listWishes(): Promise<WishRecord[]> {
    return (await this.#all(WISHES)).map((row) => ({
      agentId: row.rowKey,
      id: String(row.id),
      stopped: row.stopped === true,
    }));
  }

  async saveDeferred(shard: number, records: readonly DeferredRecord[]): Promise<void> {
    const partitionKey = deferredPartition(shard);
    await this.#table.upsertBatch(
      records.map(({ agentId, position, sequenceNumber }) => ({
        partitionKey,
        rowKey: positionKey(position),
        agentId,
        sequenceNumber: sequenceNumber === undefined ? '' : String(sequenceNumber),
      })),
    );
  }

  async deleteDeferred(shard: number, position: bigint): Promise<void> {
    await this.#table.delete(deferredPartition(shard), positionKey(position));
  }

  /** In the order of their positions. */
  async listDeferred(shard: number): Promise<DeferredRecord[]> {
    return (await this.#all(deferredPartition(shard))).map((row) => ({
      agentId: String(row.agentId),
      position: BigInt(row.rowKey),
      sequenceNumber: row.sequenceNumber === '' ? undefined : BigInt(String(row.sequenceNumber)),
    }));
  }

  async #all(partitionKey: string): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.#table.query({ partitionKey })) rows.push(row);
    return rows;
  }
}

type Row = { partitionKey: string; rowKey: string; [property: string]: unknown };

function toAgentRecord(row: Row): AgentRecord {
  return {
    agentId: row.rowKey,
    purpose: String(row.purpose),
    adapterName: row.adapterName === undefined ? undefined : String(row.adapterName),
    priority: row.priority as Priority,
    registeredAt: String(row.registeredAt),
  };
}

function toAdapterRecord(row: Row): AdapterRecord {
  return { name: row.rowKey, path: String(row.path), source: row.source as AdapterSource };
}

function toLifeRecord(row: Row): LifeRecord {
  return {
    agentId: row.rowKey,
    state: row.state as AgentLife['state'],
    wakeCount: Number(row.wakeCount),
    lastEvent: row.lastEvent ? JSON.parse(String(row.lastEvent)) : null,
    lastError: row.lastError ? String(row.lastError) : null,
  };
}

function layoutRow({ previous, ...layout }: ShardLayout) {
  return { partitionKey: LAYOUT, rowKey: LAYOUT, ...layout, ...withoutUndefined({ previous }) };
}

function toLayout({ epoch, shards, previous, sessions }: Row): ShardLayout {
  return {
    epoch: Number(epoch),
    shards: Number(shards),
    previous: previous === undefined ? undefined : Number(previous),
    sessions: Number(sessions),
  };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
