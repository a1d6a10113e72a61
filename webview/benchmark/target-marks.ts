import type { BaselineRow } from '../../runtime/contracts/benchmark.ts';
import type { Mark } from '../charts/chart-spec.ts';
import { t } from '../l10n.ts';
import { tailOf } from './histogram-facts.ts';

export type TargetRow = Pick<BaselineRow, 'target' | 'statistic' | 'max_ms'>;

const shares = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/** A target such as `1–3 s` names both ends; the others only what to stay below. @returns milliseconds */
export function bandOf({ target, max_ms }: TargetRow): { from: number; to: number } | undefined {
  const from = /^(\d+)–\d+ s$/.exec(target)?.[1];
  return from === undefined ? undefined : { from: Number(from) * 1000, to: max_ms };
}

/** On the percentile curve. @param judged whether the figures are held against the targets at all */
export function curveMarks(rows: readonly TargetRow[], judged: boolean): Mark[] {
  return rows.map((row) => {
    const band = bandOf(row);
    const label = band ? t('guide: {0}', row.target) : `${row.statistic} < ${row.max_ms}`;
    const said = judged ? label : t('{0} (not judged)', label);
    if (band) return { kind: 'band', ...band, label: said, judged };
    return { kind: 'ceiling', x: tailOf(shares[row.statistic]), y: row.max_ms, label: said, judged };
  });
}

/** Over time: where the target is a band, without words. */
export function timeMarks(rows: readonly TargetRow[], judged: boolean): Mark[] {
  return rows.flatMap((row) => {
    const band = bandOf(row);
    return band ? [{ kind: 'band' as const, ...band, label: '', judged }] : [];
  });
}
