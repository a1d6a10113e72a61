import type { MeterReading } from './metrics.ts';

/** Of the answer that carries it (Prometheus text exposition format). */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A replica is a label: a sum over replicas would fall when one leaves, which Prometheus takes for a restart of all. */
export interface ReplicaReading {
  replica: string;
  reading: MeterReading;
}

type Counter = MeterReading['counters'][number];
type Histogram = MeterReading['histograms'][number];

interface Family {
  name: string;
  type: 'counter' | 'histogram';
  description: string;
  lines: string[];
}

/** Units as the names of metrics spell them; annotations such as `{token}` and the unit `1` add nothing. */
const UNITS: Record<string, string> = { ms: 'milliseconds', s: 'seconds', By: 'bytes', us: 'microseconds' };

/**
 * Bounds of the buckets, as exponents of 2: a bound of an exponential histogram is one of these at any scale from 0 up,
 * so the counts are exact; and they never change, which rates and quantiles over time need.
 */
const EXPONENTS: Record<string, { from: number; to: number }> = {
  /** 1 ms to 131 s */
  ms: { from: 0, to: 17 },
  /** 1 ms to 128 s */
  s: { from: -10, to: 7 },
};
/** 1 to 1,048,576 */
const OTHER_EXPONENTS = { from: 0, to: 20 };

/**
 * Meters of replicas in Prometheus' text format, with the names OpenTelemetry gives them there: unit as suffix, counters
 * with `_total` (opentelemetry.io, specs/otel/compatibility/prometheus_and_openmetrics).
 */
export function renderPrometheus(readings: readonly ReplicaReading[]): string {
  const families = new Map<string, Family>();
  for (const { replica, reading } of readings) {
    for (const counter of reading.counters) {
      const family = familyOf(families, counter, 'counter');
      family.lines.push(`${family.name}${labels({ ...counter.attributes, replica })} ${counter.value}`);
    }
    for (const histogram of reading.histograms) {
      const family = familyOf(families, histogram, 'histogram');
      family.lines.push(...histogramLines(family.name, histogram, replica));
    }
  }
  return [...families.values()]
    .flatMap(({ name, type, description, lines }) => [
      `# HELP ${name} ${escapeHelp(description)}`,
      `# TYPE ${name} ${type}`,
      ...lines,
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function familyOf(families: Map<string, Family>, meter: Counter | Histogram, type: Family['type']): Family {
  const name = nameOf(meter, type);
  const family = families.get(name) ?? { name, type, description: meter.description, lines: [] };
  families.set(name, family);
  return family;
}

function nameOf({ name, unit }: Counter | Histogram, type: Family['type']): string {
  const base = name.replace(/[^a-zA-Z0-9_:]+/g, '_').replace(/^(?=\d)/, '_');
  const suffix = UNITS[unit];
  const isTotal = type === 'counter' && base.endsWith('_total');
  const stem = isTotal ? base.slice(0, -'_total'.length) : base;
  const withUnit = suffix && !stem.endsWith(`_${suffix}`) ? `${stem}_${suffix}` : stem;
  return type === 'counter' ? `${withUnit}_total` : withUnit;
}

function histogramLines(name: string, histogram: Histogram, replica: string): string[] {
  const { attributes, unit, count, sum } = histogram;
  const { from, to } = EXPONENTS[unit] ?? OTHER_EXPONENTS;
  const all = { ...attributes, replica };
  const buckets = Array.from({ length: to - from + 1 }, (_, i) => from + i).map(
    (exponent) => `${name}_bucket${labels({ ...all, le: String(2 ** exponent) })} ${countUpTo(exponent, histogram)}`,
  );
  return [
    ...buckets,
    `${name}_bucket${labels({ ...all, le: '+Inf' })} ${count}`,
    `${name}_sum${labels(all)} ${sum}`,
    `${name}_count${labels(all)} ${count}`,
  ];
}

/** Values up to `2^exponent`: bucket `i` ends at `2^((i + 1) × 2^-scale)`, its end included. */
function countUpTo(exponent: number, { zeros, scale, offset, buckets }: Histogram): number {
  const end = exponent * 2 ** scale - offset;
  return buckets.slice(0, Math.max(0, Math.floor(end))).reduce((total, inBucket) => total + inBucket, zeros);
}

function labels(attributes: Record<string, string>): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${labelName(key)}="${escapeLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

const labelName = (key: string) => key.replace(/[^a-zA-Z0-9_]+/g, '_').replace(/^(?=\d)/, '_');
const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string) => escapeHelp(text).replaceAll('"', '\\"');
