import type { AdapterView, AgentView, ReplicaView, RuntimeStatus, UsageStats } from '../../runtime/contracts/http.ts';
import { formatCount, formatDuration, formatPercent, formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { laneWord, stateWord } from './words.ts';

/** Above this many a replica's shards are counted, not listed. */
const MAX_LISTED_SHARDS = 12;

/** One child row of an agent. */
export interface Fact {
  id: 'error' | 'lane' | 'shard' | 'adapter' | 'wakes' | 'latency' | 'cache';
  icon: string;
  label: string;
  description: string;
}

/** Share of answers that came from the cache; undefined before the first one. */
export function cachedShare(usage: UsageStats): number | undefined {
  const hits = usage.cache_exact + usage.cache_semantic;
  const asked = hits + usage.cache_misses;
  return asked > 0 ? hits / asked : undefined;
}

/** `running · critical · p95 1.9 s · 58 % cached`; before the first request only the state and the lane. */
export function agentDescription(agent: AgentView): string {
  const { usage } = agent;
  const share = cachedShare(usage);
  return [
    stateWord(agent.state),
    agent.priority === 'critical' ? laneWord(agent.priority) : undefined,
    usage.p95_ms === null ? undefined : `p95 ${formatDuration(usage.p95_ms, { decimals: 1 })}`,
    share === undefined ? undefined : t('{0} cached', formatPercent(share)),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** `running · shards 0 1 2 3 8 · 4 agents` */
export function replicaDescription(state: ReplicaView['state'], shards: readonly number[], agents: number): string {
  const sorted = [...shards].sort((a, b) => a - b);
  const listed =
    sorted.length === 0
      ? t('no shards')
      : sorted.length > MAX_LISTED_SHARDS
        ? t('{0} shards', sorted.length)
        : sorted.length === 1
          ? t('shard {0}', sorted[0]!)
          : t('shards {0}', sorted.join(' '));
  return `${stateWord(state)} · ${listed} · ${formatPlural(agents, 'agent')}`;
}

/** The rows below an agent, most urgent first. */
export function agentFacts(
  agent: AgentView,
  status: RuntimeStatus | undefined,
  adapters: ReadonlyMap<string, AdapterView>,
  nowMs: number,
): Fact[] {
  const facts: (Fact | undefined)[] = [
    agent.state === 'failed' && agent.last_error !== null
      ? { id: 'error', icon: 'error', label: agent.last_error.split('\n')[0] ?? '', description: '' }
      : undefined,
    { id: 'lane', icon: 'split-horizontal', label: t('Lane'), description: laneText(agent, status) },
    {
      id: 'shard',
      icon: 'layout',
      label: t('Shard'),
      description: agent.replica ? t('{0} on {1}', agent.shard, agent.replica) : t('{0}, moving', agent.shard),
    },
    { id: 'adapter', icon: 'layers', label: t('Adapter'), description: adapterText(agent, adapters) },
    { id: 'wakes', icon: 'bell', label: t('Wakes'), description: wakesText(agent, nowMs) },
    latencyFact(agent.usage),
    cacheFact(agent.usage),
  ];
  return facts.filter((fact) => fact !== undefined);
}

function laneText(agent: AgentView, status: RuntimeStatus | undefined): string {
  const replica = status?.replicas.find((candidate) => candidate.replica === agent.replica);
  const lane = replica?.lanes.find((candidate) => candidate.lane === agent.priority);
  if (!lane) return laneWord(agent.priority);
  const waiting = lane.waiting > 0 ? ` · ${t('{0} waiting', formatCount(lane.waiting))}` : '';
  return `${laneWord(agent.priority)} · ${t('{0} of {1} in use', formatCount(lane.active), formatCount(lane.limit))}${waiting}`;
}

/** `ceo @3f9a1c`, or `base model`. */
export function adapterText(agent: AgentView, adapters: ReadonlyMap<string, AdapterView>): string {
  if (agent.adapter === null) return t('base model');
  const revision = adapters.get(agent.adapter)?.revision;
  return revision ? `${agent.adapter} @${revision}` : agent.adapter;
}

function wakesText(agent: AgentView, nowMs: number): string {
  const wakes = formatCount(agent.wake_count);
  if (!agent.last_event) return wakes;
  const agoMs = Math.max(0, nowMs - Date.parse(agent.last_event.at));
  return `${wakes} · ${t('last {0} ago', formatDuration(agoMs, { decimals: 0 }))}`;
}

function latencyFact(usage: UsageStats): Fact | undefined {
  const parts = (['p50', 'p95', 'p99'] as const)
    .map((name) => ({ name, ms: usage[`${name}_ms`] }))
    .flatMap(({ name, ms }) => (ms === null ? [] : [`${name} ${formatDuration(ms, { decimals: 1 })}`]));
  return parts.length > 0
    ? { id: 'latency', icon: 'pulse', label: t('Latency'), description: parts.join(' · ') }
    : undefined;
}

function cacheFact(usage: UsageStats): Fact | undefined {
  const share = cachedShare(usage);
  if (share === undefined) return undefined;
  const description = [
    formatPercent(share),
    t('{0} exact', formatCount(usage.cache_exact)),
    t('{0} semantic', formatCount(usage.cache_semantic)),
  ].join(' · ');
  return { id: 'cache', icon: 'zap', label: t('Cache'), description };
}

/** A place in a file named in an error text: `/x/agents/investor.ts:14:9` or `file:///…`. */
export function placeInError(text: string): { file: string; line: number; column: number } | undefined {
  const match = /(?:file:\/\/)?((?:[A-Za-z]:[\\/]|\/)[^\s():]+\.[cm]?[jt]s):(\d+):(\d+)/.exec(text);
  return match ? { file: decodeURI(match[1]!), line: Number(match[2]), column: Number(match[3]) } : undefined;
}
