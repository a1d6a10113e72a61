import type { Amount, Check, Plan } from '../../../runtime/contracts/capacity.ts';
import { formatDollars, formatFigure } from '../../../runtime/contracts/figures.ts';
import { formatPercent, formatPlural } from '../../../runtime/contracts/units.ts';

export interface ExportedPlan {
  name: string;
  plan: Plan;
  checks: readonly Check[];
}

/** The whole plan, for programs. */
export function toJson({ name, plan, checks }: ExportedPlan): string {
  return `${JSON.stringify({ name, ...plan, checks }, undefined, 2)}\n`;
}

/** A row for each input, need and total; RFC 4180. */
export function toCsv({ plan }: ExportedPlan): string {
  const rows: (string | number | null)[][] = [
    ['part', 'name', 'value', 'unit', 'source', 'usd_per_month', 'unknown_prices'],
    ...plan.inputs.map(({ label, value, unit, source }) => ['input', label, value, unit, source, null, null]),
    ...plan.needs.map(({ resource, needed, tier, cost }) => [
      ...['need', resource, needed, tier, null],
      ...[cost.amount, cost.unknown.join(' ')],
    ]),
    ['total', 'Known prices', null, null, null, plan.total.amount, plan.total.unknown.join(' ')],
  ];
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The plan as a document for people: what is unknown is said to be. */
export function toMarkdown({ name, plan, checks }: ExportedPlan): string {
  const { guide, planned, total, ranges, prices } = plan;
  const open = checks.filter(({ verdict }) => verdict === 'misses' || verdict === 'unsure');
  const sections = [
    `# Capacity plan: ${name}`,
    prices.as_of === null
      ? `No prices are known yet for ${prices.region} but the GPU’s.`
      : `Prices of ${prices.as_of}, ${prices.region}, ${prices.source}`,
    `**${formatDollars(total.amount)} a month**${unknownText(total)}, p10–p90 ${formatDollars(ranges.cost.p10)}–${formatDollars(ranges.cost.p90)}`,
    table(
      ['', 'Guide’s formula', `Plan at ${planned.factor}× peak`],
      [
        ['Required instances', guide.lines[0].replace(/^.*: /, ''), String(planned.instances)],
        ['Expected RPS', guide.lines[1].replace(/^.*: /, ''), planned.rps.toFixed(2)],
        ['Required storage', guide.lines[2].replace(/^.*: /, ''), `${planned.storage_gb.toFixed(2)} GB`],
      ],
    ),
    '## What you need',
    table(
      ['Resource', 'Tier', 'Needed', 'How full at peak', 'Per month'],
      plan.needs.map(({ resource, tier, needed, fill, cost }) => [
        ...[resource, tier, needed],
        fill ? `${formatPercent(fill.share)} of ${fill.of}` : 'no limit',
        `${formatDollars(cost.amount)}${unknownText(cost)}`,
      ]),
    ),
    '## Advice',
    open.length === 0
      ? 'Nothing to change.'
      : open.map(({ finding, why, fix }) => `- **${finding}** ${why}${fix ? ` → ${fix.label}` : ''}`).join('\n'),
    '## Inputs',
    table(
      ['Input', 'Value', 'Source'],
      plan.inputs.map(({ label, value, unit, source, from }) => [
        label,
        value === null ? 'unknown' : `${typeof value === 'number' ? formatFigureOrWhole(value) : value} ${unit}`.trim(),
        source === 'yours' ? source : `${source}: ${from}`,
      ]),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

const formatFigureOrWhole = (value: number) => (Number.isInteger(value) ? String(value) : formatFigure(value));

const unknownText = ({ unknown }: Amount) =>
  unknown.length === 0 ? '' : ` plus ${formatPlural(unknown.length, 'unknown price')}`;

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
