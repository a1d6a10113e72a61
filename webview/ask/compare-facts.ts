import type { Comparison, ComparisonColumn } from '../../runtime/contracts/ask-panel.ts';
import type { ComparedAnswer } from '../../runtime/contracts/http.ts';
import { formatCount, formatDuration, formatPercent, formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { adapterName } from './facts.ts';
import { overlapOf } from './overlap.ts';

/** The quiet lines at the foot of a column. @param nowMs epoch ms */
export function columnLines(column: ComparisonColumn, { engine, askedAt }: Comparison, nowMs: number): string[] {
  const source = `${column.adapter === null ? t('no adapter') : adapterName(column)} · ${engine}`;
  const { progress } = column;
  switch (progress.kind) {
    case 'running':
      return [source, formatDuration(Math.max(0, nowMs - askedAt), { decimals: 1 })];
    case 'stopped':
    case 'failed':
      return [source, t('stopped after {0}', formatDuration(progress.afterMs, { decimals: 1 }))];
    case 'done':
      return [source, answerLine(progress.answer), t('not cached')];
  }
}

function answerLine({ latency_ms, first_token_ms, usage, finish_reason }: ComparedAnswer): string {
  return [
    formatDuration(latency_ms),
    first_token_ms === null ? undefined : t('first token {0}', formatDuration(first_token_ms)),
    usage === null ? undefined : formatPlural(usage.completion_tokens, 'token'),
    finish_reason === 'length' ? t('cut at the limit of tokens') : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** One row of the table below the columns; all cells are texts, `–` for what there is not. */
export interface ComparedRow {
  adapter: string;
  latency: string;
  firstToken: string;
  adapterLoad: string;
  tokensOut: string;
  tokensPerSecond: string;
  overlap: string;
}

/** The column that the others' words are compared with: that of the chosen agent, else the first one. */
export function referenceOf({ columns }: Comparison): ComparisonColumn | undefined {
  return columns.find(({ current }) => current) ?? columns[0];
}

export function comparedRows(comparison: Comparison): ComparedRow[] {
  const reference = referenceOf(comparison);
  return comparison.columns.map((column) => {
    const answer = answerOf(column);
    return {
      adapter: columnName(column),
      latency: answer ? formatDuration(answer.latency_ms) : progressWord(column),
      firstToken: answer?.first_token_ms == null ? NONE : formatDuration(answer.first_token_ms),
      adapterLoad: answer && column.adapter !== null ? loadText(answer) : NONE,
      tokensOut: answer?.usage ? formatCount(answer.usage.completion_tokens) : NONE,
      tokensPerSecond: answer ? speedText(answer) : NONE,
      overlap: column === reference ? NONE : overlapText(answer, reference),
    };
  });
}

/** `ceo @3f9a1c`, or `base model`. */
export function columnName(column: ComparisonColumn): string {
  return adapterName(column);
}

const NONE = '–';

function answerOf({ progress }: ComparisonColumn): ComparedAnswer | undefined {
  return progress.kind === 'done' ? progress.answer : undefined;
}

function progressWord({ progress }: ComparisonColumn): string {
  return { running: t('running'), stopped: t('stopped'), failed: t('failed'), done: NONE }[progress.kind];
}

function loadText({ adapter_load: load }: ComparedAnswer): string {
  if (load === null) return t('unknown');
  return load === 'already_loaded' ? t('already loaded') : formatDuration(load);
}

/** Tokens a second from the first token on: what waited before it is a column of its own. */
function speedText({ latency_ms, first_token_ms, usage }: ComparedAnswer): string {
  const decodingMs = latency_ms - (first_token_ms ?? 0);
  if (usage === null || decodingMs <= 0) return NONE;
  return formatCount((usage.completion_tokens / decodingMs) * 1000);
}

function overlapText(answer: ComparedAnswer | undefined, reference: ComparisonColumn | undefined): string {
  const other = reference && answerOf(reference);
  if (answer?.response == null || other?.response == null) return NONE;
  const overlap = overlapOf(answer.response, other.response);
  return overlap === undefined ? NONE : formatPercent(overlap);
}
