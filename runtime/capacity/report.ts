import type { Amount, Check, Plan, PlannedInput, Saving } from '../contracts/capacity.ts';
import { formatDollars, formatFigure } from '../contracts/figures.ts';
import { formatCount, formatPercent, formatPlural } from '../contracts/units.ts';

/** A plan for a terminal: the guide's lines as the guide prints them with the plan beside, then what it takes and why. */
export function planReport(plan: Plan, checks: readonly Check[]): string[] {
  const open = checks.filter(({ verdict }) => verdict === 'misses' || verdict === 'unsure');
  const [blocking, advice] = [open.filter((check) => check.blocking), open.filter((check) => !check.blocking)];
  return [
    ...guideLines(plan),
    ...section('This plan cannot work', blocking.flatMap(adviceLines)),
    ...section(`What you need, at ${plan.planned.factor}× peak`, table(plan.needs.map(needRow))),
    `  ${costLine(plan)}`,
    ...section('Advice', advice.flatMap(adviceLines)),
    ...section('Savings', savingLines(plan)),
    ...section('Other plans', table(hostingRows(plan))),
    ...section('What moves the cost', table(plan.sensitivity.map(sensitivityRow))),
    ...section(`Ranges, ${formatCount(plan.ranges.draws)} draws (p10 · p50 · p90)`, table(rangeRows(plan))),
    ...section('Best practices of the guide', table(practiceRows(checks))),
    ...section('Not from the guide', table(plan.inputs.filter(({ source }) => source !== 'guide').map(inputRow))),
    '',
    plan.prices.as_of === null
      ? `Prices: none known yet for ${plan.prices.region} but the GPU’s.`
      : `Prices of ${plan.prices.as_of}, ${plan.prices.region}, ${plan.prices.source}`,
  ];
}

function guideLines({ guide, planned }: Plan): string[] {
  const at = `at ${planned.factor}× peak`;
  const beside = [
    `whole: ${formatCount(Math.max(1, Math.ceil(guide.instances)))} · ${at}: ${formatCount(planned.instances)}`,
    `${at}: ${planned.rps.toFixed(2)}`,
    `${Math.ceil(guide.storage_gb)} GiB at the average load, which retention follows`,
  ];
  return table(guide.lines.map((line, index) => [line, beside[index]!])).map((line) => line.trimStart());
}

function costLine({ total, ranges }: Plan): string {
  const { p10, p90 } = ranges.cost;
  const count = total.unknown.length;
  const unknown = count > 0 ? ` plus ${formatPlural(count, 'unknown price')}` : '';
  return `Per month: ${formatDollars(total.amount)}${unknown} (p10–p90 ${formatDollars(p10)}–${formatDollars(p90)})`;
}

function needRow({ resource, tier, needed, fill, cost }: Plan['needs'][number]): string[] {
  return [resource, tier, needed, fill ? `${formatPercent(fill.share)} of ${fill.of}` : 'no limit', costText(cost)];
}

function costText({ amount, unknown }: Amount): string {
  if (unknown.length === 0) return formatDollars(amount);
  return amount > 0 ? `${formatDollars(amount)} + unknown` : 'unknown';
}

function adviceLines({ severity, finding, why, saving, fix }: Check): string[] {
  const saved = saving === null ? '' : ` (−${formatDollars(saving)} a month)`;
  return [`${severity}: ${finding} ${why}`.trimEnd(), ...(fix ? [`  → ${fix.label}${saved}`] : [])];
}

function savingLines({ savings: { gpu, cache, lifecycle, sampling }, reservation, crossover }: Plan): string[] {
  const [low, high] = gpu.guide_saving;
  return [
    `LoRAX: ${formatPlural(gpu.gpus_without, 'GPU')} → ${gpu.gpus_with}: ${savingText(gpu)}; guide ${formatDollars(low)}–${formatDollars(high)}, GPU cost only`,
    `Cache: ${formatFigure(cache.calls_avoided_percent)} % of calls avoided, GPUs ${cache.gpus_without} → ${cache.gpus_with}: ${savingText(cache)}`,
    `Blob lifecycle: ${savingText(lifecycle)}`,
    `Trace sampling: ${formatFigure(sampling.full_gb)} → ${formatFigure(sampling.sampled_gb)} GB: ${savingText(sampling)}`,
    `Reservation, ${reservation.instances} × Standard_D4s_v3 for a year: ${
      reservation.saving === null
        ? 'unknown'
        : `${formatDollars(reservation.saving)} a month; pays from ${formatFigure(reservation.break_even_percent ?? 0)} % of the hours on`
    }`,
    `Consumption or always on: ${
      crossover.unknown.length > 0
        ? 'unknown'
        : `${crossover.cheaper_now} is cheaper now${crossover.requests_per_hour === null ? '' : `; they cost the same at ${formatCount(crossover.requests_per_hour)} requests/h`}`
    }`,
  ];
}

function savingText({ saving, percent, guide_percent: [low, high] }: Saving): string {
  const claim = `guide ${low === high ? low : `${low}–${high}`} %`;
  if (saving === null) return `unknown (${claim})`;
  return `${formatDollars(saving)} a month${percent === null ? '' : `, ${formatFigure(percent)} %`} (${claim})`;
}

const hostingRows = ({ hosting }: Plan) =>
  hosting.map(({ label, instances, limit, fits, cost, note }) => [
    label,
    `${formatCount(instances)} of ${formatCount(limit)}`,
    fits ? 'fits' : 'does not fit',
    cost ? costText(cost) : '',
    note,
  ]);

const sensitivityRow = ({ label, unit, at, change }: Plan['sensitivity'][number]) => [
  label,
  `${at.join('–')} ${unit}`.trimEnd(),
  `${formatDollars(change[0])} to +${formatDollars(change[1])}`,
];

const rangeRows = ({ ranges: { gpus, in_flight, cost } }: Plan) => [
  ['GPUs', ...[gpus.p10, gpus.p50, gpus.p90].map(formatCount)],
  ['In flight at peak', ...[in_flight.p10, in_flight.p50, in_flight.p90].map(formatFigure)],
  ['Per month', ...[cost.p10, cost.p50, cost.p90].map(formatDollars)],
];

const practiceRows = (checks: readonly Check[]) =>
  checks
    .filter(({ practice }) => practice !== null)
    .sort((a, b) => a.practice! - b.practice!)
    .map(({ practice, title, verdict, finding }) => [`${practice}. ${title}`, verdict, finding]);

const inputRow = ({ label, value, unit, source, from, range }: PlannedInput) => [
  label,
  `${value ?? 'unknown'} ${value === null ? '' : unit}`.trimEnd(),
  source === 'yours' ? source : `${source}: ${from}`,
  range ? `${range[0]}–${range[1]}` : '',
];

const section = (title: string, lines: string[]) =>
  lines.length > 0 ? ['', title, ...lines.map((line) => `  ${line}`)] : [];

/** Columns as wide as their widest cell; the last one as it comes. */
function table(rows: readonly string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
