import type {
  BaselineRow,
  BenchmarkResult,
  Claim,
  Estimate,
  Latency,
  Measurement,
  Verdict,
} from '../contracts/benchmark.ts';
import { guideConditions } from '../contracts/benchmark.ts';
import { formatFigure } from '../contracts/figures.ts';
import type { LoadResult } from '../contracts/load-test.ts';
import type { Result } from '../contracts/results.ts';
import { xml } from './export-jmx.ts';

export type ReportFormat = 'json' | 'csv' | 'md' | 'xml';

/** A result as JSON, CSV (one line a measurement), Markdown, or JUnit XML (one case a target or criterion). */
export function renderReport(result: Result, format: ReportFormat): string {
  if (format === 'json') return `${JSON.stringify(result, null, 2)}\n`;
  if (format === 'csv') return toCsv(result);
  if (format === 'md') return result.kind === 'benchmark' ? benchmarkMarkdown(result) : loadMarkdown(result);
  return toJUnit(result);
}

const PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'p99_9', 'p99_99'] as const;

function toCsv(result: Result): string {
  const head = ['name', 'engine', 'state', 'requests', 'errors', 'per_second', 'mean_ms'];
  const lines = rowsOf(result).map(({ name, engine, state, requests, errors, perSecond, latency }) => [
    ...[name, engine, state, requests, errors, perSecond, latency?.mean.value],
    ...PERCENTILES.map((percentile) => latency?.[percentile].value),
    latency?.max_ms,
  ]);
  return [[...head, ...PERCENTILES.map((percentile) => `${percentile}_ms`), 'max_ms'], ...lines]
    .map((cells) => `${cells.map(csvCell).join(',')}\r\n`)
    .join('');
}

/** Quoted as RFC 4180 says. */
function csvCell(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Row {
  name: string;
  /** Empty where a load test went to a target that did not say. */
  engine: string;
  state: string;
  requests: number;
  errors: number;
  perSecond: number;
  latency: Latency | null;
}

function rowsOf(result: Result): Row[] {
  if (result.kind === 'benchmark') {
    const { engine } = result.conditions;
    return result.measurements.map(({ scenario: name, throughput_per_s: perSecond, ...rest }) => ({
      ...rest,
      ...{ name, engine, perSecond },
    }));
  }
  const all = [...result.items, { ...result.total, name: 'total' }];
  return all.map(({ requests_per_s: perSecond, ...rest }) => ({ ...rest, perSecond, engine: '', state: result.state }));
}

function benchmarkMarkdown(result: BenchmarkResult): string {
  const { conditions, measurements, baseline, claims, notes } = result;
  return lines(
    `# Benchmark of ${result.target}`,
    '',
    `${result.started_at} · engine: **${conditions.engine}** (${conditions.model})`,
    '',
    ...notes.flatMap((note) => [`> ${note}`, '']),
    ...table(
      ['Metric', 'Target', 'Measured', '95 % interval', 'Verdict', 'How it was measured'],
      baseline.map((row) => [row.metric, row.target, ...measured(row.measured), words[row.verdict], row.note]),
    ),
    ...(claims.length > 0 ? ['## Claims of the guide, measured here', '', ...claimsTable(claims)] : []),
    '## Latency',
    '',
    ...latencyTable(rowsOf(result)),
    ...measurements.flatMap(errorLines),
    '## Conditions',
    '',
    ...table(
      ['Condition', 'This run', 'Guide'],
      Object.entries(conditions).map(([name, value]) => [
        name.replace('_', ' '),
        String(value ?? 'unknown'),
        guideConditions[name as keyof typeof guideConditions] ?? '',
      ]),
    ),
  );
}

function loadMarkdown(result: LoadResult): string {
  return lines(
    `# ${result.name}: ${result.passed ? 'passed' : 'failed'}`,
    '',
    `${result.started_at} · ${result.target}${result.reason ? ` · ${result.reason}` : ''}`,
    '',
    ...table(
      ['Criterion', 'Measured', 'Holds'],
      result.criteria.map(({ text, actual, holds }) => [
        text,
        actual === null ? 'nothing' : formatFigure(actual),
        yesNo(holds),
      ]),
    ),
    ...latencyTable(rowsOf(result)),
    ...errorLines({ scenario: 'total', ...result.total }),
  );
}

const claimsTable = (claims: readonly Claim[]) =>
  table(
    ['Claim', 'Guide', 'Measured', 'How it was measured'],
    claims.map(({ claim, guide, measured: value, unit, note }) => [
      ...[claim, guide],
      ...[value === null ? '' : `${formatFigure(value)} ${unit}`, note],
    ]),
  );

function latencyTable(rows: readonly Row[]): string[] {
  return table(
    ['', 'Requests', 'Errors', 'Per second', ...PERCENTILES.map((name) => `${name.replace('_', '.')}, ms`), 'Max, ms'],
    rows.map(({ name, requests, errors, perSecond, latency }) => [
      ...[name, String(requests), String(errors), formatFigure(perSecond)],
      ...PERCENTILES.map((percentile) => (latency ? formatFigure(latency[percentile].value) : '')),
      latency ? formatFigure(latency.max_ms) : '',
    ]),
  );
}

function errorLines({
  scenario,
  errors_by_code,
}: Pick<Measurement, 'errors_by_code'> & { scenario: string }): string[] {
  const codes = Object.entries(errors_by_code).map(([code, count]) => `${count} × ${code}`);
  return codes.length > 0 ? [`Errors of ${scenario}: ${codes.join(', ')}`, ''] : [];
}

function toJUnit(result: Result): string {
  const cases = result.kind === 'benchmark' ? benchmarkCases(result) : loadCases(result);
  const failures = cases.filter((text) => text.includes('<failure')).length;
  const skipped = cases.filter((text) => text.includes('<skipped')).length;
  const name = xml(result.kind === 'benchmark' ? `aos bench ${result.target}` : result.name);
  return lines(
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${name}" tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" timestamp="${result.started_at.slice(0, 19)}">`,
    ...cases,
    '</testsuite>',
  );
}

function benchmarkCases({ baseline, measurements }: BenchmarkResult): string[] {
  const cut = measurements.filter(({ state }) => state !== 'complete');
  return [...baseline.map(baselineCase), ...cut.map(({ scenario, ...end }) => cutCase(scenario, end))];
}

function baselineCase({ metric, target, measured: found, verdict, note }: BaselineRow): string {
  const outcome = `${found ? `${formatFigure(found.value)} ms` : 'nothing'}, target ${target}: ${words[verdict]}; ${note}`;
  if (verdict === 'meets') return junitCase('baseline', metric);
  return junitCase('baseline', metric, verdict === 'misses' ? 'failure' : 'skipped', outcome);
}

function loadCases({ criteria, state, reason }: LoadResult): string[] {
  const judged = criteria.map(({ text, actual, holds }) =>
    holds ? junitCase('criteria', text) : junitCase('criteria', text, 'failure', `measured ${actual ?? 'nothing'}`),
  );
  return state === 'complete' ? judged : [...judged, cutCase('complete', { state, reason })];
}

/** What did not come to its end has not passed, whatever its figures say. */
const cutCase = (name: string, { state, reason }: Pick<Measurement, 'state' | 'reason'>) =>
  junitCase('run', name, 'failure', reason ?? state);

function junitCase(group: string, name: string, outcome?: 'failure' | 'skipped', message = ''): string {
  const inside = outcome ? `><${outcome} message="${xml(message)}"/></testcase>` : '/>';
  return `  <testcase classname="${group}" name="${xml(name)}"${inside}`;
}

/** The words of the panels. */
export const words: Record<Verdict, string> = {
  meets: 'meets',
  misses: 'misses',
  unsure: 'unsure',
  not_judged: 'not judged',
  not_measured: 'not measured',
};

const measured = (estimate: Estimate | null): [string, string] =>
  estimate
    ? [`${formatFigure(estimate.value)} ms`, `${formatFigure(estimate.low)}–${formatFigure(estimate.high)} ms`]
    : ['', ''];

const yesNo = (yes: boolean) => (yes ? 'yes' : 'no');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

const lines = (...all: string[]) => `${all.join('\n').trimEnd()}\n`;
