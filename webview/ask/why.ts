import type { Exchange } from '../../runtime/contracts/ask-panel.ts';
import type { CacheCandidate, CacheExplanation, GuardName, InferResponse } from '../../runtime/contracts/http.ts';
import { formatDuration } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { adapterName } from './facts.ts';

/** A row of the list that "Why?" or "Why not?" opens. */
export interface WhyRow {
  name: string;
  value: string;
}

type CacheEntry = NonNullable<InferResponse['cache_entry']>;

/** The question that can be asked of an answer; undefined: none. */
export function whyLabel(exchange: Exchange): string | undefined {
  if (whyRows(exchange, 0).length === 0) return undefined;
  return exchange.explanation ? t('Why not?') : t('Why?');
}

/** Why an answer came from the cache, or why not; empty if there is nothing to say. @param nowMs epoch ms */
export function whyRows(exchange: Exchange, nowMs: number): WhyRow[] {
  const { progress, prompt, explanation } = exchange;
  if (progress.kind !== 'done') return [];
  const { cache_entry: entry, fallback } = progress.result;
  if (entry) return hitRows(progress.result, entry, nowMs);
  return explanation && !fallback ? missRows(prompt, explanation) : [];
}

function hitRows(result: InferResponse, entry: CacheEntry, nowMs: number): WhyRow[] {
  const source = { adapter: result.adapter, revision: result.adapter_revision };
  const same = t('agent, adapter {0}, engine, parameters', adapterName(source));
  const age = ageText(entry, nowMs);
  switch (entry.tier) {
    case 'exact':
      return [
        { name: t('Found as'), value: t('exact: the same prompt') },
        { name: t('Stored'), value: age },
        { name: t('Same'), value: t('prompt, {0}', same) },
      ];
    case 'normalised':
      return [
        { name: t('Found as'), value: t('normalised: the same prompt but for case, spaces and punctuation') },
        { name: t('Stored prompt'), value: t('“{0}”, {1}', entry.prompt, age) },
        { name: t('Same'), value: same },
      ];
    case 'semantic':
      return [
        { name: t('Found as'), value: t('semantic: a prompt that means the same') },
        { name: t('Stored prompt'), value: t('“{0}”, {1}', entry.prompt, age) },
        ...(entry.score === null ? [] : [{ name: t('Similarity'), value: scoreText(entry.score) }]),
        { name: t('Same'), value: same },
      ];
  }
}

function ageText({ stored_at, expires_at }: CacheEntry, nowMs: number): string {
  const age = formatDuration(Math.max(0, nowMs - Date.parse(stored_at)), { decimals: 0 });
  const leftMs = Date.parse(expires_at) - nowMs;
  return leftMs > 0
    ? t('{0} ago, expires in {1}', age, formatDuration(leftMs, { decimals: 0 }))
    : t('{0} ago, expired meanwhile', age);
}

function missRows(prompt: string, explanation: CacheExplanation): WhyRow[] {
  const { reason, mode, embedder, similarity_threshold, calibrated_threshold } = explanation;
  const closest = explanation.candidates.find((candidate) => candidate.prompt !== prompt);
  return [
    ...(closest
      ? [
          { name: t('Closest'), value: t('“{0}”, {1}', closest.prompt, scoreText(closest.score)) },
          { name: t('Refused by'), value: refusalText(closest) },
        ]
      : [{ name: t('Reason'), value: reason }]),
    {
      name: t('Needed'),
      value:
        mode === 'off'
          ? t('the same prompt: similar ones are switched off')
          : t(
              'similarity {0} (strictness {1}, embedder {2}, mode {3})',
              scoreText(calibrated_threshold),
              similarity_threshold,
              embedder,
              mode,
            ),
    },
  ];
}

function refusalText({ refused_by }: CacheCandidate): string {
  const texts = refused_by.map(({ guard, detail }) =>
    guard === 'similarity' ? t('too little similarity: {0}', detail) : t('{0} guard: {1}', guardWord(guard), detail),
  );
  return texts.join('; ');
}

function guardWord(guard: Exclude<GuardName, 'similarity'>): string {
  return {
    numbers: t('numbers'),
    dates: t('dates'),
    units: t('units'),
    identifiers: t('identifiers'),
    negation: t('negation'),
    antonyms: t('antonyms'),
    entities: t('names'),
    question: t('question'),
    words: t('words'),
    language: t('language'),
  }[guard];
}

const scoreText = (score: number) => score.toFixed(3);
