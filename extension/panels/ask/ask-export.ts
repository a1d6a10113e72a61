import type { Exchange } from '../../../runtime/contracts/ask-panel.ts';
import { formatCount, formatDuration } from '../../../runtime/contracts/units.ts';

/** The exchanges as a document for people. Answers of the simulated engine say so, each of them. */
export function toMarkdown(exchanges: readonly Exchange[], title: string): string {
  return `${[`# ${title}`, ...exchanges.map(section)].join('\n\n')}\n`;
}

/** The exchanges as they are, for programs. */
export function toJson(exchanges: readonly Exchange[]): string {
  return `${JSON.stringify({ exported_at: new Date().toISOString(), exchanges }, undefined, 2)}\n`;
}

function section(exchange: Exchange): string {
  const at = new Date(exchange.askedAt).toISOString();
  const prompt = exchange.prompt
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
  return [`## ${exchange.agentId} · ${at}`, prompt, answer(exchange), `*${facts(exchange)}*`]
    .filter(Boolean)
    .join('\n\n');
}

function answer({ progress }: Exchange): string {
  switch (progress.kind) {
    case 'done':
      return progress.result.response;
    case 'failed':
      return [progress.text, `**${progress.failure.code}**: ${progress.failure.message}`].filter(Boolean).join('\n\n');
    case 'waiting':
      return '';
    case 'running':
    case 'stopped':
      return progress.text;
  }
}

function facts({ progress, adapter, revision, engine }: Exchange): string {
  const base = [adapter === null ? 'base model' : `${adapter}${revision ? ` @${revision}` : ''}`, engine];
  if (progress.kind !== 'done') return [...base, progress.kind].join(' · ');
  const { latency_ms, usage, cached } = progress.result;
  const tokens = `${formatCount(usage.prompt_tokens)} tokens in, ${formatCount(usage.completion_tokens)} out`;
  return [...base, formatDuration(latency_ms), tokens, cached ? `${cached} cache hit` : 'not cached'].join(' · ');
}
