import type { Exchange } from '../../runtime/contracts/ask-panel.ts';
import type { InferResponse } from '../../runtime/contracts/http.ts';
import { formatCount, formatDuration, formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';

/** One fact of the quiet line under an answer. */
export interface Fact {
  text: string;
  icon?: string;
}

/** `ceo @3f9a1c`, or `base model`. */
export function adapterName({ adapter, revision }: { adapter: string | null; revision: string | null }): string {
  if (adapter === null) return t('base model');
  return revision === null ? adapter : `${adapter} @${revision}`;
}

/** In this order: adapter and version, engine, latency, first token, tokens, cache. @param nowMs epoch ms */
export function answerFacts(exchange: Exchange, nowMs: number): Fact[] {
  const { progress } = exchange;
  switch (progress.kind) {
    case 'done':
      return doneFacts(exchange, progress.result);
    case 'running':
      return [
        ...sourceFacts(exchange),
        { text: formatDuration(Math.max(0, nowMs - progress.startedAt), { decimals: 1 }) },
        ...partFacts(progress),
      ];
    case 'stopped':
    case 'failed':
      return [
        ...sourceFacts(exchange),
        { text: t('stopped after {0}', formatDuration(progress.afterMs, { decimals: 1 })) },
        ...partFacts(progress),
      ];
    case 'waiting':
      return [];
  }
}

function doneFacts(exchange: Exchange, result: InferResponse): Fact[] {
  const source = { adapter: result.adapter, revision: result.adapter_revision };
  return [
    { text: adapterName(source) },
    { text: result.engine },
    { text: formatDuration(result.latency_ms) },
    ...(result.first_token_ms === null ? [] : [{ text: t('first token {0}', formatDuration(result.first_token_ms)) }]),
    { text: tokensText(result) },
    ...(result.finish_reason === 'length' ? [{ text: t('cut at the limit of tokens') }] : []),
    cacheFact(exchange, result),
  ];
}

function tokensText({ cached, usage }: InferResponse): string {
  if (cached !== false) return t('0 tokens');
  const { prompt_tokens, completion_tokens } = usage;
  return t('{0} in, {1} out', formatPlural(prompt_tokens, 'token'), formatCount(completion_tokens));
}

function cacheFact({ options }: Exchange, { cached, fallback }: InferResponse): Fact {
  if (fallback) return { icon: 'warning', text: t('fallback answer, not from the model') };
  if (cached === 'exact') return { icon: 'zap', text: t('exact cache hit') };
  if (cached === 'semantic') return { icon: 'zap', text: t('semantic cache hit') };
  return { text: options.useCache ? t('not cached') : t('cache not used') };
}

function sourceFacts(exchange: Exchange): Fact[] {
  return [{ text: adapterName(exchange) }, { text: exchange.engine }];
}

function partFacts({ firstTokenMs, tokensOut }: { firstTokenMs: number | null; tokensOut: number }): Fact[] {
  if (firstTokenMs === null) return [];
  return [
    { text: t('first token {0}', formatDuration(firstTokenMs)) },
    { text: t('{0} out', formatPlural(tokensOut, 'token')) },
  ];
}
