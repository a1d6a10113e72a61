import { importConnection } from './connections.ts';
import type { Draft } from './draft.ts';
import { idChange, toId } from './ids.ts';
import type { SourceObject } from './ledger.ts';
import { variableOf } from './secrets.ts';

/** Settings of aos_config.json and production_config.json that aos.json has too. */
const PLACES: Record<string, Record<string, string>> = {
  agents: { default_timeout: 'runtime.deadlines.handler_seconds' },
  ml: { base_model: 'model.base', cache_enabled: 'runtime.cache.enabled' },
  reliability: {
    retry_attempts: 'runtime.retry.attempts',
    circuit_breaker_threshold: 'runtime.breaker.failure_threshold',
  },
};
const LEFT: Record<string, Record<string, string>> = {
  agents: {
    max_concurrent: 'runtime.bulkhead bounds the calls at a time, in two lanes',
    health_check_interval: 'the runtime sees by itself whether an agent lives',
  },
  storage: { container_name: 'the runtime names its containers itself' },
  messaging: { topic_name: 'outcomes are published on agent-events' },
  ml: { enable_lorax: 'adapters are always served by LoRAX' },
  reliability: { backoff_multiplier: 'waits double, with jitter' },
  observability: {
    sampling_rate: 'OTEL_TRACES_SAMPLER_ARG of the environment is the share of traces',
    enable_tracing: 'traces are always kept locally',
    enable_metrics: 'metrics are always kept locally',
  },
};
const SECTION_LEFT: Record<string, string> = {
  azure: 'it belongs to the deployment',
  orchestrator: 'there is one kind of runtime',
};

/** Reads aos_config.json and production_config.json. */
export function importSettings(root: SourceObject, draft: Draft, variables: ReadonlyMap<string, string>): void {
  const connections = { storage: 'connections.storage', messaging: 'connections.service_bus' } as const;
  for (const section of Object.keys({ ...PLACES, ...LEFT })) {
    const source = root.object(section);
    if (!source) continue;
    if (section === 'storage' || section === 'messaging') {
      importConnection(source, 'connection_string', connections[section], draft);
    }
    for (const [key, to] of Object.entries(PLACES[section] ?? {})) importSetting(source, key, to, draft, variables);
    source.leaveRest(LEFT[section]);
  }
  for (const [section, reason] of Object.entries(SECTION_LEFT)) root.object(section)?.leaveAll(reason);
  root.leaveRest();
}

function importSetting(
  source: SourceObject,
  key: string,
  to: string,
  draft: Draft,
  variables: ReadonlyMap<string, string>,
) {
  const value = source.get(key);
  if (value === undefined || value === null || value === '') return;
  const variable = typeof value === 'string' ? variableOf(value) : undefined;
  if (variable === undefined) return draft.set(source, key, to, value);
  const filled = variables.get(variable);
  if (filled === undefined) source.left(key, `${variable} is set in no environment file of the workspace`);
  else draft.set(source, key, to, filled, `filled in from ${variable}`);
}

/** Reads an app registry: who the workspace is, and little else. */
export function importApps(root: SourceObject, draft: Draft): void {
  for (const { object } of root.objects('apps')) {
    const name = object.text('app_id');
    if (name !== undefined) draft.set(object, 'app_id', 'name', toId(name), idChange(name, toId(name)));
    const description = ['description', 'purpose', 'app_name'].find((key) => object.text(key) !== undefined);
    if (description !== undefined) draft.set(object, description, 'description', object.text(description));
    object.leaveRest({
      agents_to_orchestrate: 'an orchestration is a workflow of aos.json: write its steps',
      mcp_servers_required: 'MCP servers come from their own registry',
      azure_resources: SECTION_LEFT.azure!,
      deployment_config: SECTION_LEFT.azure!,
    });
  }
  root.leaveRest({ version: 'it is the version of the format' });
}
