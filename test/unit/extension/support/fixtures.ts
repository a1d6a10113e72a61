import type {
  AdapterView,
  AgentView,
  BreakerView,
  CacheView,
  ReplicaView,
  RuntimeStatus,
  UsageStats,
} from '../../../../runtime/contracts/http.ts';
import type { Ready } from '../../../../runtime/contracts/launcher.ts';

export const ready: Ready = {
  ready: true,
  name: 'boardroom',
  folder: '/home/ada/boardroom',
  http: 'http://127.0.0.1:7071',
  token: 'token-of-this-run',
  serviceBus: 'Endpoint=sb://127.0.0.1:5672/;SharedAccessKeyName=a;SharedAccessKey=b',
  storage: 'AccountName=aos;AccountKey=c',
  blob: 'http://127.0.0.1:10000/aos',
  table: 'http://127.0.0.1:10002/aos',
  lorax: 'http://127.0.0.1:8080',
  loraxKey: 'd',
  engine: 'simulated',
  dataDir: null,
  pids: { launcher: 1, cloud: 2, replicas: [3, 4] },
};

export const unused: UsageStats = {
  requests: 0,
  errors: 0,
  cache_exact: 0,
  cache_semantic: 0,
  cache_misses: 0,
  tokens_in: 0,
  tokens_out: 0,
  p50_ms: null,
  p95_ms: null,
  p99_ms: null,
};

/** The figures of the pictures: 58 % of 1,317 answers cached. */
export const used: UsageStats = {
  requests: 1317,
  errors: 5,
  cache_exact: 562,
  cache_semantic: 202,
  cache_misses: 553,
  tokens_in: 1000,
  tokens_out: 2000,
  p50_ms: 6,
  p95_ms: 1900,
  p99_ms: 2600,
};

export function agent(part: Partial<AgentView> & { agent_id: string }): AgentView {
  return {
    purpose: `Purpose of ${part.agent_id}.`,
    adapter: null,
    priority: 'normal',
    origin: 'config',
    handler: null,
    subscribes: [],
    examples: [],
    state: 'asleep',
    shard: 0,
    replica: 'replica-1',
    wake_count: 0,
    last_event: null,
    last_error: null,
    usage: unused,
    ...part,
  };
}

export function adapter(part: Partial<AdapterView> & { name: string }): AdapterView {
  return {
    path: `adapters/${part.name}`,
    source: 'local',
    revision: '3f9a1c',
    loaded: false,
    pinned: false,
    tier: null,
    size_bytes: null,
    memory_bytes: null,
    load_count: null,
    uses: 0,
    agents: [],
    ...part,
  };
}

export function breaker(part: Partial<BreakerView> = {}): BreakerView {
  return {
    name: 'lorax',
    state: 'closed',
    failures: 0,
    failure_threshold: 5,
    next_attempt_ms: null,
    last_error: null,
    ...part,
  };
}

export function cache(part: Partial<CacheView> = {}): CacheView {
  return {
    entries: 0,
    max_entries: 10_000,
    semantic_entries: 0,
    mode: 'strict',
    embedder: 'lexical',
    hits: { exact: 0, normalised: 0, semantic: 0 },
    misses: 0,
    shadow: { checked: 0, false_hits: 0, false_hit_bound: 1, switched_off: [] },
    ...part,
  };
}

export function replica(part: Partial<ReplicaView> & { replica: string }): ReplicaView {
  return {
    state: 'running',
    pid: 3,
    started_at: '2026-11-24T08:00:00.000Z',
    shards: [],
    lanes: [
      { lane: 'critical', limit: 10, active: 0, waiting: 0, refused: 0 },
      { lane: 'normal', limit: 50, active: 0, waiting: 0, refused: 0 },
    ],
    breakers: [],
    limits: [],
    cache: cache(),
    memory_bytes: 0,
    ...part,
  };
}

export function status(part: Partial<RuntimeStatus> = {}): RuntimeStatus {
  return {
    name: 'boardroom',
    version: '0.1.0',
    state: 'running',
    engine: 'simulated',
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    endpoint: 'http://127.0.0.1:8080',
    service_bus: 'sb://127.0.0.1:5672',
    storage: 'http://127.0.0.1:10000',
    shards: 10,
    adapter_slots: 100,
    replicas: [replica({ replica: 'replica-1' })],
    config_error: null,
    usage: unused,
    ...part,
  };
}
