import type { CacheMode, CacheView, ReplicaView } from '../../../runtime/contracts/http.ts';
import { formatCount, formatPercent, formatPlural } from '../../../runtime/contracts/units.ts';
import { t } from '../../l10n.ts';
import { type CloudRow, joined, sumOf } from './cloud-row.ts';

/** The response caches of all replicas as one; undefined while no replica answers. */
export function sharedCache(replicas: readonly ReplicaView[]): CacheView | undefined {
  const caches = replicas.map(({ cache }) => cache);
  const [first] = caches;
  if (!first) return undefined;
  const sum = (of: (cache: CacheView) => number) => sumOf(caches, of);
  const checked = caches.filter(({ shadow }) => shadow.checked > 0);
  return {
    ...first,
    entries: sum(({ entries }) => entries),
    max_entries: sum(({ max_entries }) => max_entries),
    semantic_entries: sum(({ semantic_entries }) => semantic_entries),
    hits: {
      exact: sum(({ hits }) => hits.exact),
      normalised: sum(({ hits }) => hits.normalised),
      semantic: sum(({ hits }) => hits.semantic),
    },
    misses: sum(({ misses }) => misses),
    shadow: {
      checked: sum(({ shadow }) => shadow.checked),
      false_hits: sum(({ shadow }) => shadow.false_hits),
      // Each replica bounds its own agents' hits; what holds for all of them is the highest.
      false_hit_bound: checked.length > 0 ? Math.max(...checked.map(({ shadow }) => shadow.false_hit_bound)) : 1,
      switched_off: [...new Set(caches.flatMap(({ shadow }) => shadow.switched_off))].sort(),
    },
  };
}

export function cacheRow(cache: CacheView): CloudRow {
  const { entries, max_entries, semantic_entries, hits, misses, shadow } = cache;
  const found = hits.exact + hits.normalised + hits.semantic;
  const asked = found + misses;
  const kept = t('{0} of {1}', formatCount(entries), formatPlural(max_entries, 'entry', 'entries'));
  return {
    id: 'cache',
    label: t('Cache'),
    description: joined(asked > 0 ? t('{0} hits', formatPercent(found / asked)) : t('not used yet'), kept),
    icon: 'zap',
    context: 'cache',
    collapsed: true,
    children: [
      fact('hits', t('Hits'), hitsText(hits), 'check'),
      fact('misses', t('Misses'), formatCount(misses), 'dash'),
      fact('similar', t('Similar prompts'), similarText(cache.mode, cache.embedder, semantic_entries), 'search'),
      fact('falseHits', t('False hits'), falseHitsText(shadow), 'verified'),
      ...(shadow.switched_off.length > 0 ? [switchedOff(shadow.switched_off)] : []),
    ],
  };
}

function hitsText({ exact, normalised, semantic }: CacheView['hits']): string {
  return joined(
    t('{0} exact', formatCount(exact)),
    t('{0} normalised', formatCount(normalised)),
    t('{0} semantic', formatCount(semantic)),
  );
}

function similarText(mode: CacheMode, embedder: string, entries: number): string {
  if (mode === 'off') return t('off');
  return joined(modeWord(mode), embedder, formatPlural(entries, 'entry', 'entries'));
}

function falseHitsText({ checked, false_hits, false_hit_bound }: CacheView['shadow']): string {
  if (checked === 0) return t('none checked yet');
  return joined(
    t('{0} of {1} checked', formatCount(false_hits), formatCount(checked)),
    t('at most {0}', formatPercent(false_hit_bound, { decimals: 1 })),
  );
}

function switchedOff(agents: readonly string[]): CloudRow {
  return {
    ...fact('switchedOff', t('Switched off'), agents.join(', '), 'warning'),
    color: 'list.warningForeground',
    details: [t('Too many similar prompts were answered wrongly for these agents: they get exact hits only.')],
  };
}

function fact(id: string, label: string, description: string, icon: string): CloudRow {
  return { id: `cache:${id}`, label, description, icon };
}

function modeWord(mode: CacheMode): string {
  return { strict: t('strict'), guarded: t('guarded'), off: t('off') }[mode];
}
