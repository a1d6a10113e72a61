import type { LaneView, LimitView, ReplicaView, RuntimeStatus, ShardView } from '../../../runtime/contracts/http.ts';
import type { Priority } from '../../../runtime/contracts/ids.ts';
import { formatCount, formatDuration, formatPlural } from '../../../runtime/contracts/units.ts';
import { t } from '../../l10n.ts';
import { breakersGroup } from './breaker-rows.ts';
import { cacheRow, sharedCache } from './cache-row.ts';
import { type CloudRow, joined, sumOf } from './cloud-row.ts';

export interface CloudFacts {
  status: RuntimeStatus;
  /** When the status was told, and now; epoch ms. */
  statusAt: number;
  nowMs: number;
  shards: readonly ShardView[];
}

/** What the runtime stands on: its services, and what protects it from them. */
export function cloudRows({ status, statusAt, nowMs, shards }: CloudFacts): CloudRow[] {
  return [
    service('serviceBus', 'Service Bus', 'mail', status.service_bus),
    service('storage', t('Storage'), 'database', status.storage),
    inferenceGroup(status),
    breakersGroup(status.replicas, Math.max(0, nowMs - statusAt)),
    shardsGroup(shards, status.replicas),
  ];
}

function service(id: string, label: string, icon: string, address: string): CloudRow {
  const where = isLoopback(address) ? t('embedded') : 'Azure';
  return { id, label, description: joined(where, hostOf(address)), icon, context: id };
}

function inferenceGroup({ engine, endpoint, model, replicas }: RuntimeStatus): CloudRow {
  const cache = sharedCache(replicas);
  return {
    id: 'inference',
    label: t('Inference'),
    description: joined(engine, hostOf(endpoint)),
    icon: 'chip',
    context: `inference:${engine}`,
    details: engine === 'simulated' ? [t('No model is running: answers are made up.')] : [],
    children: [
      { id: 'model', label: t('Model'), description: model, icon: 'symbol-misc' },
      ...(['critical', 'normal'] as const).map((lane) => laneRow(lane, replicas)),
      ...limitRows(replicas),
      ...(cache ? [cacheRow(cache)] : []),
    ],
  };
}

function laneRow(lane: Priority, replicas: readonly ReplicaView[]): CloudRow {
  const lanes = replicas.flatMap((replica) => replica.lanes.filter((one) => one.lane === lane));
  const refused = sumOf(lanes, (one) => one.refused);
  return {
    id: `lane:${lane}`,
    label: lane === 'critical' ? t('Critical lane') : t('Normal lane'),
    description: joined(places(lanes), refused > 0 && t('{0} refused', formatCount(refused))),
    icon: 'split-horizontal',
    details: replicas.flatMap(({ replica, lanes: own }) =>
      own.filter((one) => one.lane === lane).map((one) => `${replica}: ${places([one])}`),
    ),
  };
}

/** What the replicas found the endpoint to stand; one row per endpoint. */
function limitRows(replicas: readonly ReplicaView[]): CloudRow[] {
  const all = replicas.flatMap(({ replica, limits }) => limits.map((limit) => ({ ...limit, replica })));
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, members]) => ({
    id: `limit:${name}`,
    label: t('Adaptive limit'),
    description: places(members),
    icon: 'target',
    details: members.map((member) => `${member.replica}: ${joined(places([member]), callTime(member))}`),
  }));
}

function callTime({ latency_ms }: LimitView): string | undefined {
  return latency_ms === null ? undefined : t('a call takes {0}', formatDuration(latency_ms));
}

/** `2 of 10 · 0 waiting` */
function places(members: readonly Pick<LaneView | LimitView, 'limit' | 'active' | 'waiting'>[]): string {
  const [active, limit, waiting] = (['active', 'limit', 'waiting'] as const).map((key) =>
    formatCount(sumOf(members, (member) => member[key])),
  );
  return joined(t('{0} of {1}', active!, limit!), t('{0} waiting', waiting!));
}

function shardsGroup(shards: readonly ShardView[], replicas: readonly ReplicaView[]): CloudRow {
  const moving = shards.filter(({ replica }) => !replicas.some((one) => one.replica === replica));
  return {
    id: 'shards',
    label: t('Shards'),
    description: t('{0} on {1}', formatCount(shards.length), formatPlural(replicas.length, 'replica')),
    icon: 'layout',
    collapsed: true,
    children: [
      ...replicas.map(({ replica }) => ({
        id: `shards:${replica}`,
        label: replica,
        description: heldText(shards.filter((shard) => shard.replica === replica)),
        icon: 'server-process',
      })),
      ...(moving.length > 0
        ? [{ id: 'shards:moving', label: t('moving'), description: heldText(moving), icon: 'sync~spin' }]
        : []),
    ],
  };
}

function heldText(shards: readonly ShardView[]): string {
  if (shards.length === 0) return t('no shards');
  const waiting = sumOf(shards, (shard) => shard.waiting ?? 0);
  return joined(shards.map(({ shard }) => shard).join(' '), t('{0} waiting', formatCount(waiting)));
}

function hostOf(address: string): string {
  return address.includes('://') && URL.canParse(address) ? new URL(address).host : address;
}

function isLoopback(address: string): boolean {
  return /^(127\.|localhost(:|$)|\[::1\])/.test(hostOf(address));
}
