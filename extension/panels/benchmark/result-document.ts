import {
  type BenchmarkResult,
  type Conditions,
  guideConditions,
  type Latency,
  type Measurement,
  type Verdict,
} from '../../../runtime/contracts/benchmark.ts';
import { formatFigure } from '../../../runtime/contracts/figures.ts';
import { binsOf } from '../../../runtime/contracts/histogram.ts';
import type { LoadResult } from '../../../runtime/contracts/load-test.ts';
import { formatCount } from '../../../runtime/contracts/units.ts';

/**
 * Results as documents, in English as every export. Each says on which engine, under which conditions and with which
 * verdict its figures came about.
 */
export function benchmarkMarkdown(result: BenchmarkResult): string {
  const { conditions, measurements, baseline, claims, notes } = result;
  const measured = baseline.filter(({ verdict }) => verdict !== 'not_measured');
  return document(
    `# Benchmark of ${result.target}`,
    `${result.started_at} · engine: **${conditions.engine}** (${conditions.model})`,
    ...notes.map((note) => `> ${note}`),
    table(
      ['Metric', "Guide's target", 'Measured, ms', '95 % interval', 'Verdict', 'How it was measured'],
      measured.map(({ metric, target, measured: of, verdict, note }) => [
        ...[
          metric,
          target,
          of ? formatFigure(of.value) : '',
          of ? `${formatFigure(of.low)}–${formatFigure(of.high)}` : '',
        ],
        ...[verdictWords[verdict], note],
      ]),
    ),
    ...(claims.length === 0
      ? []
      : [
          '## Claims of the guide',
          table(
            ['Claim', 'Guide', 'Measured', 'How it was measured'],
            claims.map(({ claim, guide, measured: of, unit, note }) => [
              ...[claim, guide, of === null ? 'not measured' : `${formatFigure(of)} ${unit}`, note],
            ]),
          ),
        ]),
    '## Latency',
    latencyTable(measurements.map((one) => ({ ...one, name: one.scenario, perSecond: one.throughput_per_s }))),
    ...measurements.flatMap(queueLines),
    ...measurements.flatMap(({ scenario, errors_by_code }) => errorLines(scenario, errors_by_code)),
    ...measurements.flatMap(({ guide_report }) => (guide_report ? [`\`\`\`text\n${guide_report}\n\`\`\``] : [])),
    '## Conditions',
    conditionsTable(conditions),
  );
}

export function loadMarkdown(result: LoadResult): string {
  const { name, passed, state, reason, target, started_at, criteria, items, total } = result;
  const all = [...items, { ...total, name: 'Total' }];
  return document(
    `# ${name}: ${passed ? 'passed' : 'failed'}`,
    `${started_at} · ${target}`,
    ...(state === 'complete' ? [] : [`> Not complete: ${reason ?? state}`]),
    table(
      ['Criterion', 'Measured', 'Holds'],
      criteria.map(({ text, actual, holds }) => [
        ...[`\`${text}\``, actual === null ? 'nothing' : formatFigure(actual), holds ? '✓ yes' : '✗ no'],
      ]),
    ),
    '## Latency',
    latencyTable(all.map((one) => ({ ...one, perSecond: one.requests_per_s }))),
    ...errorLines('all', total.errors_by_code),
  );
}

/** The histogram, a line a bucket: single requests are not kept. */
export function histogramCsv({ conditions, measurements, baseline }: BenchmarkResult): string {
  const lines = measurements.flatMap(({ scenario, state, histogram }) => {
    const verdicts = baseline.filter((row) => row.scenario === scenario).map(({ verdict }) => verdictWords[verdict]);
    const facts = [scenario, conditions.engine, state, [...new Set(verdicts)].join('/')];
    return binsOf(histogram).map(({ fromMs, toMs, count }) => [...facts, fromMs, toMs, count]);
  });
  return [['scenario', 'engine', 'state', 'verdict', 'from_ms', 'to_ms', 'requests'], ...lines]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');
}

const verdictWords: Record<Verdict, string> = {
  meets: 'meets',
  misses: 'misses',
  unsure: 'unsure',
  not_judged: 'not judged',
  not_measured: 'not measured',
};

const PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'p99_9', 'p99_99'] as const;

type LatencyRow = Pick<Measurement, 'requests' | 'errors'> & {
  name: string;
  perSecond: number;
  latency: Latency | null;
};

function latencyTable(rows: readonly LatencyRow[]): string {
  return table(
    ['', 'Requests', 'Errors', 'Per s', ...PERCENTILES.map((name) => `${name.replace('_', '.')}, ms`), 'Max, ms'],
    rows.map(({ name, requests, errors, perSecond, latency }) => [
      ...[name, formatCount(requests), formatCount(errors), formatFigure(perSecond)],
      ...PERCENTILES.map((percentile) => (latency ? formatFigure(latency[percentile].value) : '')),
      latency ? formatFigure(latency.max_ms) : '',
    ]),
  );
}

/** How many messages waited for each other; of the other scenarios the latency says it all. */
function queueLines({ scenario, queue }: Measurement): string[] {
  if (scenario !== 'message-latency' || !queue) return [];
  return [`Queue of ${scenario}: ${formatFigure(queue.mean)} on average, ${formatCount(queue.longest)} at most`];
}

function errorLines(name: string, byCode: Record<string, number>): string[] {
  const codes = Object.entries(byCode).map(([code, count]) => `${formatCount(count)} × \`${code}\``);
  return codes.length === 0 ? [] : [`Errors of ${name}: ${codes.join(', ')}`];
}

function conditionsTable(conditions: Conditions): string {
  const guide: Partial<Record<string, string>> = guideConditions;
  return table(
    ['Condition', 'This run', 'Guide'],
    Object.entries(conditions).map(([name, value]) => [
      ...[name.replaceAll('_', ' '), String(value ?? 'unknown'), guide[name] ?? ''],
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const document = (...blocks: string[]) => `${blocks.join('\n\n')}\n`;
