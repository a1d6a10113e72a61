import { regionIds } from './azure-regions.ts';

/** Where a value comes from: the guide, a benchmark, an assumption of ours, the person who plans. */
export type InputSource = 'guide' | 'measured' | 'assumed' | 'yours';

/** Groups in the order they are shown. */
export const inputGroups = [
  'Workload',
  'Messages & retention',
  'Model & GPU',
  'Cache',
  'Service Bus',
  'Storage',
  'Monitoring & network',
  'Azure region & prices',
] as const;
export type InputGroup = (typeof inputGroups)[number];

export interface InputField {
  group: InputGroup;
  label: string;
  /** Empty: a plain number. */
  unit: string;
  /** Undefined: unknown until it is measured or given. */
  default: number | undefined;
  source: 'guide' | 'assumed';
  /** Section of the guide, page of a vendor, or the reason of an assumption. */
  from: string;
  min: number;
  max: number;
  whole?: true;
  /** The only values there are. */
  allowed?: readonly number[];
  /** Ends between which the value may well lie: the sensitivity goes to both, the random draws lie between them. */
  range?: readonly [low: number, high: number];
}

const capacitySection = 'guide, Calculating Required Resources';
const throttling = 'Azure docs, Service Bus throttling: 1,000 credits/s, 1 per send and per receive, 1 more per filter';

const guide = (from: string) => ({ source: 'guide', from }) as const;
const assumed = (from: string) => ({ source: 'assumed', from }) as const;

function field(
  group: InputGroup,
  label: string,
  unit: string,
  value: number | undefined,
  [min, max]: readonly [number, number],
  { source, from }: Pick<InputField, 'source' | 'from'>,
  more: Pick<InputField, 'whole' | 'allowed' | 'range'> = {},
): InputField {
  return { group, label, unit, default: value, source, from, min, max, ...more };
}

/** Every number a plan rests on. The names are the guide's where it has one; they are also the names in an input file. */
export const capacityFields = {
  total_agents: field('Workload', 'Agents', '', 1000, [1, 1_000_000], guide(capacitySection), { whole: true }),
  requests_per_agent_per_hour: field(
    'Workload',
    'Requests per agent',
    'per hour',
    60,
    [0, 100_000],
    guide(capacitySection),
    { range: [30, 120] },
  ),
  agents_per_instance: field('Workload', 'Agents per instance', '', 100, [1, 100_000], guide(capacitySection), {
    whole: true,
    range: [50, 200],
  }),
  peak_over_average: field(
    'Workload',
    'Peak over average',
    '×',
    1,
    [1, 100],
    assumed('the guide gives one rate and no peak'),
  ),
  headroom: field('Workload', 'Headroom', '×', 3, [1, 20], guide('guide, Best Practices 7: 3x expected peak'), {
    range: [2, 4],
  }),
  avg_message_size_kb: field(
    'Messages & retention',
    'Message size',
    'KB',
    10,
    [0.01, 102_400],
    guide(capacitySection),
    { range: [5, 20] },
  ),
  retention_days: field('Messages & retention', 'Retention', 'days', 90, [1, 3650], guide(capacitySection), {
    whole: true,
    range: [30, 365],
  }),
  shards: field('Messages & retention', 'Shards', '', 10, [1, 1024], guide('guide, Sharding: num_shards=10'), {
    whole: true,
  }),
  adapters: field('Model & GPU', 'Adapters', '', 50, [1, 100_000], guide('guide, LoRAx cost savings: 50 agents'), {
    whole: true,
  }),
  max_adapters: field(
    'Model & GPU',
    'Adapters per GPU',
    '',
    100,
    [1, 10_000],
    guide('guide, LoRAXServer: max_adapters=100'),
    { whole: true },
  ),
  gpu_price_per_month: field(
    'Model & GPU',
    'GPU price',
    '$/month',
    3000,
    [0, 1_000_000],
    guide('guide, LoRAx cost savings: $3,000/GPU'),
    { range: [2500, 4000] },
  ),
  answer_seconds: field(
    'Model & GPU',
    'Uncached answer',
    's',
    2,
    [0.001, 600],
    assumed('middle of the guide’s 1–3 s'),
    { range: [1, 3] },
  ),
  in_flight_per_gpu: field(
    'Model & GPU',
    'In flight per GPU',
    'requests',
    32,
    [1, 4096],
    assumed('AOS’s max_batch_size; measure it'),
    { whole: true, range: [16, 64] },
  ),
  answer_tokens: field('Model & GPU', 'Answer length', 'tokens', 256, [1, 131_072], assumed('AOS’s max_new_tokens'), {
    range: [64, 512],
  }),
  gpu_tokens_per_second: field(
    'Model & GPU',
    'Tokens per GPU',
    'tokens/s',
    undefined,
    [1, 1_000_000],
    assumed('no published figure is verified: unknown until measured'),
  ),
  hit_rate_percent: field('Cache', 'Hit rate', '%', 50, [0, 100], assumed('middle of the guide’s 40–60 %'), {
    range: [40, 60],
  }),
  cache_entries: field(
    'Cache',
    'Entries',
    '',
    10_000,
    [1, 100_000_000],
    guide('guide, Response Caching: max_cache_size'),
    { whole: true },
  ),
  cache_ttl_seconds: field(
    'Cache',
    'Time to live',
    's',
    3600,
    [1, 31_536_000],
    guide('guide, Response Caching: cache_ttl'),
  ),
  messaging_units: field(
    'Service Bus',
    'Messaging units',
    '',
    4,
    [1, 16],
    guide('guide, Message Bus Scaling: capacity 4'),
    { allowed: [1, 2, 4, 8, 16], range: [1, 8] },
  ),
  mb_per_second_per_unit: field(
    'Service Bus',
    'Per unit',
    'MB/s',
    4,
    [0.1, 100],
    assumed('Azure docs, Service Bus performance: about 4 MB/s in and out'),
    { range: [3, 5] },
  ),
  messages_per_second_per_unit: field(
    'Service Bus',
    'Messages per unit',
    'per s',
    1000,
    [1, 1_000_000],
    guide('guide, Message Bus Scaling: 4 units = 4000 msg/sec'),
  ),
  credits_per_message: field('Service Bus', 'Credits per message', '', 2, [1, 100], assumed(throttling), {
    range: [2, 4],
  }),
  cool_after_days: field('Storage', 'To cool after', 'days', 30, [0, 3650], guide('guide, Blob Lifecycle Management'), {
    whole: true,
  }),
  archive_after_days: field(
    'Storage',
    'To archive after',
    'days',
    90,
    [0, 3650],
    guide('guide, Blob Lifecycle Management'),
    { whole: true },
  ),
  busiest_agent_percent: field(
    'Storage',
    'Busiest agent’s share',
    '%',
    1,
    [0, 100],
    assumed('load is rarely even; its partition is the hottest'),
    { range: [0.1, 10] },
  ),
  sampling_percent: field(
    'Monitoring & network',
    'Traces sampled',
    '%',
    10,
    [0, 100],
    guide('guide, Sampling Strategy: 0.1'),
    { range: [5, 100] },
  ),
  trace_kb: field(
    'Monitoring & network',
    'Trace size',
    'KB',
    5,
    [0.1, 1000],
    assumed('a request of about five spans of 1 KB'),
    { range: [2, 10] },
  ),
  static_gb_per_month: field(
    'Monitoring & network',
    'Static files sent',
    'GB/month',
    0,
    [0, 10_000_000],
    assumed('AOS serves no static files itself'),
  ),
  vcpu_per_replica: field(
    'Azure region & prices',
    'vCPU per replica',
    'vCPU',
    1,
    [0.25, 4],
    assumed('Azure docs, Container Apps: 0.25–4 vCPU'),
  ),
  memory_gib_per_replica: field(
    'Azure region & prices',
    'Memory per replica',
    'GiB',
    2,
    [0.5, 8],
    assumed('Azure docs, Container Apps: 2 GiB per vCPU'),
  ),
  flex_memory_gb: field(
    'Azure region & prices',
    'Memory of a Flex instance',
    'GB',
    2,
    [2, 4],
    assumed('Azure docs, Flex Consumption: 2,048 or 4,096 MB'),
    { allowed: [2, 4] },
  ),
  flex_concurrency: field(
    'Azure region & prices',
    'Requests at a time per Flex instance',
    '',
    16,
    [1, 1000],
    assumed('calls wait for the model; measure it'),
    { whole: true },
  ),
};

export type NumberKey = keyof typeof capacityFields;
export const numberKeys = Object.keys(capacityFields) as NumberKey[];

/** Inputs that are picked from a list. */
export const capacityChoices = {
  bus_tier: {
    group: 'Service Bus',
    label: 'Tier',
    options: ['Premium', 'Standard'],
    ...guide('guide, Message Bus Scaling: Premium'),
  },
  region: {
    group: 'Azure region & prices',
    label: 'Region',
    options: regionIds,
    ...guide('guide, Performance Baselines: West US 2'),
  },
  reservation: {
    group: 'Azure region & prices',
    label: 'Reservation',
    options: ['None', '1 year'],
    ...assumed('the guide buys one for predictable load only'),
  },
} as const;

export type ChoiceKey = keyof typeof capacityChoices;
