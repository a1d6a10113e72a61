import { regionNames } from '../../contracts/azure-regions.ts';
import { formatFigure } from '../../contracts/figures.ts';
import { formatCount, formatPercent, formatPlural } from '../../contracts/units.ts';
import { CLAIMED_HIT_RATE, GUIDE_HEADROOM, limits } from '../limits.ts';
import { type Finding, meets, notMeasured, type Situation, setConfig, setInputs } from './facts.ts';
import { blockingCalls, hotspotKeys, type SourcePlace, sharedState } from './handler-source.ts';

const DAY_MS = 86_400_000;
/** "Load Test Regularly": at least once a month, a choice of ours. */
const LOAD_TEST_DAYS = 30;

export interface Practice {
  id: string;
  title: string;
  /** The most serious finding comes first and is the one that counts. */
  judge(situation: Situation): Finding;
}

/** The guide's eight best practices, in its order (R81–R88). */
export const practices: readonly Practice[] = [
  { id: 'scale-out', title: 'Design for horizontal scaling', judge: scaleOut },
  { id: 'caching', title: 'Implement caching', judge: caching },
  { id: 'async-io', title: 'Use async I/O', judge: asyncIo },
  { id: 'partition-keys', title: 'Optimize database queries', judge: partitionKeys },
  { id: 'monitoring', title: 'Monitor continuously', judge: monitoring },
  { id: 'load-tests', title: 'Load test regularly', judge: loadTests },
  { id: 'headroom', title: 'Plan for peak load', judge: headroom },
  { id: 'cdn', title: 'Use CDN for static assets', judge: cdn },
];

function scaleOut({ plan: { values }, sizing, config, sources = [] }: Situation): Finding {
  const idle = sizing.replicasPeak - values.shards;
  const enough = Math.min(2 ** Math.ceil(Math.log2(sizing.replicasPeak)), 1024);
  if (idle > 0 && sizing.replicasPeak > 1024) {
    return {
      ...{ verdict: 'misses', severity: 'error', blocking: true },
      finding: 'This plan can’t carry its own peak.',
      why: `${formatCount(sizing.replicasPeak)} instances are more than the 1,024 shards there can be. Put more agents on an instance.`,
      fix: { kind: 'advice', label: 'Put more agents on an instance, or split the workload' },
    };
  }
  if (idle > 0) {
    return {
      ...{ verdict: 'misses', severity: 'error', blocking: true },
      finding: 'This plan can’t carry its own peak.',
      why: `${sizing.replicasPeak} instances need ${sizing.replicasPeak} shards or more; there are ${values.shards}, so ${formatPlural(idle, 'instance')} would get no work.`,
      fix: setInputs(`Set Shards to ${enough}`, { shards: enough }),
    };
  }
  if (config && config.runtime.shards < sizing.replicasPeak) {
    return {
      ...{ verdict: 'misses', severity: 'warning' },
      finding: `aos.json has ${config.runtime.shards} shards, the plan ${values.shards}.`,
      why: `${sizing.replicasPeak} instances at peak need as many shards, and what runs is what aos.json says.`,
      fix: setConfig(`Set runtime.shards to ${values.shards}`, ['runtime', 'shards'], values.shards),
    };
  }
  const state = sharedState(sources);
  if (state.length > 0) {
    return {
      ...{ verdict: 'misses', severity: 'warning' },
      finding: `${formatPlural(state.length, 'variable')} outside of functions: ${placesText(state)}.`,
      why: 'Each replica has its own, and it is lost when the shard moves. An agent’s next event may come to another one.',
      fix: { kind: 'advice', label: 'Keep it in the state or the memory of the agent’s context' },
    };
  }
  if (config?.runtime.replicas === 1) {
    return {
      ...{ verdict: 'misses', severity: 'warning' },
      finding: 'There is one replica.',
      why: 'State that only one process holds shows up with the second one, and nobody takes its shards over when it ends.',
      fix: setConfig('Set runtime.replicas to 2', ['runtime', 'replicas'], 2),
    };
  }
  return meets(`${sizing.replicasPeak} instances at peak on ${values.shards} shards.`);
}

function caching({ plan, sizing, config, savedBy }: Situation): Finding {
  const { values } = plan;
  if (config && !config.runtime.cache.enabled) {
    return {
      ...{ verdict: 'misses', severity: 'warning' },
      finding: 'The response cache is off.',
      why: `Every request reaches the model; the plan counts on ${values.hit_rate_percent} % that do not.`,
      fix: setConfig('Turn the cache on', ['runtime', 'cache', 'enabled'], true),
    };
  }
  const measured = plan.inputs.find(({ key }) => key === 'hit_rate_percent')?.source === 'measured';
  if (measured && values.hit_rate_percent < CLAIMED_HIT_RATE) {
    return {
      ...{ verdict: 'misses', severity: 'lightbulb', saving: savedBy({ hit_rate_percent: CLAIMED_HIT_RATE }) },
      finding: `The cache answers ${values.hit_rate_percent} % of the requests.`,
      why: `The guide expects ${CLAIMED_HIT_RATE}–60 %. Similar prompts are found in mode guarded that strict takes for different ones.`,
      fix: setConfig('Set cache mode to guarded', ['runtime', 'cache', 'mode'], 'guarded'),
    };
  }
  const live = sizing.averageRps * (1 - values.hit_rate_percent / 100) * values.cache_ttl_seconds;
  if (live > values.cache_entries) {
    const entries = Math.ceil(Math.round(live) / 10_000) * 10_000;
    return {
      ...{ verdict: 'misses', severity: 'lightbulb' },
      finding: `${formatCount(values.cache_entries)} entries are forgotten before their time to live ends.`,
      why: `${formatCount(live)} new answers come within ${formatCount(values.cache_ttl_seconds)} s; the oldest make room, and the hit rate falls.`,
      fix: setInputs(`Set Entries to ${formatCount(entries)}`, { cache_entries: entries }),
    };
  }
  return measured
    ? meets(`The cache answers ${values.hit_rate_percent} % of the requests.`)
    : notMeasured('The hit rate was not measured.', {
        ...{ kind: 'command', label: 'Measure the Hit Rate', command: 'aos bench' },
      });
}

function asyncIo({ sources, config, sizing, plan }: Situation): Finding {
  const calls = blockingCalls(sources ?? []);
  if (calls.length > 0) {
    return {
      ...{ verdict: 'misses', severity: 'warning' },
      finding: `${formatPlural(calls.length, 'blocking call')} in handlers: ${placesText(calls)}.`,
      why: 'While one runs, its replica answers nobody, and may lose the locks of its shards.',
      fix: { kind: 'advice', label: 'Await the promise version, from node:fs/promises for files' },
    };
  }
  if (config) {
    const { critical, normal } = config.runtime.bulkhead;
    const places = (critical + normal) * sizing.replicasPeak;
    if (sizing.inReplicas > places) {
      const needed = Math.ceil(sizing.inReplicas / sizing.replicasPeak) - critical;
      return {
        ...{ verdict: 'misses', severity: 'warning' },
        finding: `The bulkheads let ${formatCount(places)} calls in; at peak there are ${formatCount(sizing.inReplicas)}.`,
        why: 'The rest waits, and is refused when the queue is full.',
        fix: setConfig(`Set the normal lane to ${needed}`, ['runtime', 'bulkhead', 'normal'], needed),
      };
    }
    if (config.runtime.deadlines.infer_seconds <= plan.values.answer_seconds) {
      const seconds = Math.ceil(plan.values.answer_seconds * 3);
      return {
        ...{ verdict: 'misses', severity: 'error' },
        finding: `Answers take ${plan.values.answer_seconds} s, and the deadline is ${config.runtime.deadlines.infer_seconds} s.`,
        why: 'Most calls that miss the cache would end with a timeout.',
        fix: setConfig(`Set the deadline to ${seconds} s`, ['runtime', 'deadlines', 'infer_seconds'], seconds),
      };
    }
  }
  return sources ? meets('No handler makes a blocking call.') : notMeasured('No handler was looked at.');
}

function partitionKeys({ sources = [], sizing, plan }: Situation): Finding {
  const [first, ...more] = hotspotKeys(sources);
  if (first) {
    return {
      ...{ verdict: 'misses', severity: 'warning' },
      finding: `${first.file}:${first.line} makes ${first.text} a partition key${more.length > 0 ? `, and ${more.length} more do` : ''}.`,
      why: 'All rows of an agent, of all time, lie in one partition: the hotspot the guide warns of.',
      fix: { kind: 'advice', label: 'Use the agent’s id and the month, e.g. ceo_202611' },
    };
  }
  if (sizing.partitionRps > limits.tablePartitionPerSecond) {
    return {
      ...{ verdict: 'misses', severity: 'error', blocking: true },
      finding: 'One partition takes more than a partition can.',
      why: `The busiest agent writes ${formatFigure(sizing.partitionRps)}/s into its month; a partition takes ${formatCount(limits.tablePartitionPerSecond)}/s.`,
      fix: { kind: 'advice', label: 'Split the busiest agent in several, or add a suffix of its own to its key' },
    };
  }
  if (sizing.peakRps > limits.tableAccountPerSecond) {
    const accounts = Math.ceil(sizing.peakRps / limits.tableAccountPerSecond);
    return {
      ...{ verdict: 'misses', severity: 'error', blocking: true },
      finding: 'One storage account takes less than the peak.',
      why: `${formatFigure(sizing.peakRps)}/s against ${formatCount(limits.tableAccountPerSecond)}/s.`,
      fix: { kind: 'advice', label: `Spread the agents over ${accounts} storage accounts` },
    };
  }
  return meets(
    `The busiest partition takes ${formatPercent(sizing.partitionRps / limits.tablePartitionPerSecond)} of what it can, with ${formatCount(plan.values.total_agents)} agents.`,
  );
}

function monitoring({ exporter }: Situation): Finding {
  if (exporter === undefined) return notMeasured('Whether telemetry is exported was not looked at.');
  if (exporter) return meets('Metrics and traces are exported.');
  return {
    ...{ verdict: 'misses', severity: 'warning' },
    finding: 'Metrics and traces stay in the process.',
    why: 'Nothing can raise an alert, and they are gone when it ends.',
    fix: {
      kind: 'advice',
      label: 'Set OTEL_EXPORTER_OTLP_ENDPOINT, or APPLICATIONINSIGHTS_CONNECTION_STRING in Azure',
    },
  };
}

function loadTests({ lastLoadTestAt, now }: Situation): Finding {
  const fix = { kind: 'command', label: 'Run a Load Test', command: 'aos load test-plan.yaml' } as const;
  if (lastLoadTestAt === undefined) return notMeasured('Past load tests were not looked at.', fix);
  if (lastLoadTestAt === null) return notMeasured('No load test was run yet.', fix);
  const days = Math.floor((Date.parse(now) - Date.parse(lastLoadTestAt)) / DAY_MS);
  if (days <= LOAD_TEST_DAYS) return meets(`The last load test was ${formatPlural(days, 'day')} ago.`);
  return {
    ...{ verdict: 'misses', severity: 'info' },
    finding: `The last load test was ${formatPlural(days, 'day')} ago.`,
    why: 'What the plan was measured on may have changed since.',
    fix,
  };
}

function headroom({ plan: { values } }: Situation): Finding {
  if (values.headroom >= GUIDE_HEADROOM) return meets(`Planned for ${values.headroom}× the expected peak.`);
  return {
    ...{ verdict: 'misses', severity: 'warning' },
    finding: `Planned for ${values.headroom}× the expected peak.`,
    why: `The guide plans for ${GUIDE_HEADROOM}×.`,
    fix: setInputs(`Set Headroom to ${GUIDE_HEADROOM}`, { headroom: GUIDE_HEADROOM }),
  };
}

function cdn({ plan: { values } }: Situation): Finding {
  if (values.static_gb_per_month === 0) return meets('No static files are served; answers are not cacheable by a CDN.');
  return {
    ...{ verdict: 'misses', severity: 'lightbulb' },
    finding: `${formatFigure(values.static_gb_per_month)} GB of static files a month leave ${regionNames[values.region]}.`,
    why: 'Users far away wait for every file, and each byte is paid as outbound data.',
    fix: { kind: 'advice', label: 'Put them in Blob storage behind Azure Front Door' },
  };
}

/** The first three, `agents/ceo.ts:3 readFileSync`. */
const placesText = (places: readonly SourcePlace[]) =>
  places
    .slice(0, 3)
    .map(({ file, line, text }) => `${file}:${line} ${text}`)
    .join(', ');
