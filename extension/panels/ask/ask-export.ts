import type { Comparison, ComparisonColumn, Exchange } from '../../../runtime/contracts/ask-panel.ts';
import type { ComparedAnswer, InferResponse } from '../../../runtime/contracts/http.ts';
import { formatCount, formatDuration } from '../../../runtime/contracts/units.ts';

/** What was asked as a document for people, oldest first. Answers of the simulated engine say so, each of them. */
export function toMarkdown(exchanges: readonly Exchange[], comparisons: readonly Comparison[], title: string): string {
  const sections = [
    ...exchanges.map((exchange) => ({ askedAt: exchange.askedAt, text: exchangeSection(exchange) })),
    ...comparisons.map((comparison) => ({ askedAt: comparison.askedAt, text: comparisonSection(comparison) })),
  ].sort((a, b) => a.askedAt - b.askedAt);
  return `${[`# ${title}`, ...sections.map(({ text }) => text)].join('\n\n')}\n`;
}

/** What was asked as it is, for programs. */
export function toJson(exchanges: readonly Exchange[], comparisons: readonly Comparison[]): string {
  return `${JSON.stringify({ exported_at: new Date().toISOString(), exchanges, comparisons }, undefined, 2)}\n`;
}

function exchangeSection(exchange: Exchange): string {
  return paragraphs(
    `## ${exchange.agentId} · ${isoTime(exchange.askedAt)}`,
    quoted(exchange.prompt),
    answer(exchange),
    `*${facts(exchange)}*`,
  );
}

function comparisonSection({ askedAt, prompt, columns, engine }: Comparison): string {
  const parts = columns.flatMap((column) => [
    `### ${adapterName(column)}`,
    columnAnswer(column),
    `*${[engine, ...columnFacts(column)].join(' · ')}*`,
  ]);
  return paragraphs(`## Comparison · ${isoTime(askedAt)}`, quoted(prompt), ...parts);
}

function answer({ progress }: Exchange): string {
  switch (progress.kind) {
    case 'done':
      return progress.result.response;
    case 'failed':
      return paragraphs(progress.text, failureText(progress.failure));
    case 'waiting':
      return '';
    case 'running':
    case 'stopped':
      return progress.text;
  }
}

function columnAnswer({ progress }: ComparisonColumn): string {
  if (progress.kind === 'failed') return failureText(progress.failure);
  return progress.kind === 'done' ? (progress.answer.response ?? '') : '';
}

function facts({ progress, engine, ...source }: Exchange): string {
  const base = [adapterName(source), engine];
  if (progress.kind !== 'done') return [...base, progress.kind].join(' · ');
  const { cached, fallback } = progress.result;
  const origin = fallback ? 'fallback answer' : cached ? `${cached} cache hit` : 'not cached';
  return [...base, ...measures(progress.result), origin].join(' · ');
}

function columnFacts({ progress }: ComparisonColumn): string[] {
  return progress.kind === 'done' ? measures(progress.answer) : [progress.kind];
}

function measures({ latency_ms, usage }: Pick<InferResponse | ComparedAnswer, 'latency_ms' | 'usage'>): string[] {
  if (usage === null) return [formatDuration(latency_ms)];
  const { prompt_tokens, completion_tokens } = usage;
  return [formatDuration(latency_ms), `${formatCount(prompt_tokens)} tokens in, ${formatCount(completion_tokens)} out`];
}

function adapterName({ adapter, revision }: { adapter: string | null; revision: string | null }): string {
  if (adapter === null) return 'base model';
  return revision === null ? adapter : `${adapter} @${revision}`;
}

const failureText = ({ code, message }: { code: string; message: string }) => `**${code}**: ${message}`;
const isoTime = (epochMs: number) => new Date(epochMs).toISOString();
const quoted = (text: string) => `> ${text.replaceAll('\n', '\n> ')}`;
const paragraphs = (...parts: string[]) => parts.filter(Boolean).join('\n\n');
