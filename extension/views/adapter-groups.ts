import type { AdapterView } from '../../runtime/contracts/http.ts';
import { formatBytes, formatCount, formatPlural } from '../../runtime/contracts/units.ts';
import type { AdapterWorkState } from '../adapter-work.ts';
import { t } from '../l10n.ts';

export type AdapterPlace = 'pinned' | 'loaded' | 'disk' | 'registered';

export interface AdapterGroup {
  place: AdapterPlace;
  adapters: AdapterView[];
  description: string;
}

/** `registered`: the endpoint does not tell whether it is loaded. */
export function placeOf(adapter: AdapterView): AdapterPlace {
  if (adapter.pinned) return 'pinned';
  if (adapter.loaded === null) return 'registered';
  return adapter.loaded ? 'loaded' : 'disk';
}

/** The adapters by place, the most used first; empty groups are left out. @param slots how many fit; undefined: unknown */
export function groupAdapters(adapters: Iterable<AdapterView>, slots?: number): AdapterGroup[] {
  const sorted = [...adapters].sort((a, b) => b.uses - a.uses || a.name.localeCompare(b.name, 'en', { numeric: true }));
  const inMemory = sorted.filter((adapter) => adapter.pinned || adapter.loaded);
  return (['pinned', 'loaded', 'registered', 'disk'] as const)
    .map((place) => {
      const members = sorted.filter((adapter) => placeOf(adapter) === place);
      return { place, adapters: members, description: describe(place, members, inMemory, slots) };
    })
    .filter((group) => group.adapters.length > 0);
}

function describe(
  place: AdapterPlace,
  members: readonly AdapterView[],
  inMemory: readonly AdapterView[],
  slots: number | undefined,
): string {
  if (place === 'pinned') return t('never unloaded');
  if (place !== 'loaded') return formatCount(members.length);
  const bytes = inMemory.reduce((sum, adapter) => sum + (bytesOf(adapter) ?? 0), 0);
  const count = formatCount(inMemory.length);
  const taken = slots === undefined ? count : t('{0} of {1} slots', count, formatCount(slots));
  return joined([taken, bytes > 0 ? formatBytes(bytes) : undefined]);
}

/** What it takes of the memory, or on disk while it is not there; null: the endpoint does not tell. */
function bytesOf(adapter: AdapterView): number | null {
  return adapter.memory_bytes || adapter.size_bytes;
}

/** `2,020 uses · 2 agents · 13 MiB`; what is being done with it, or why that was refused, instead. */
export function adapterDescription(adapter: AdapterView, work?: AdapterWorkState): string {
  if (work) return workText(work);
  const bytes = bytesOf(adapter);
  return joined([
    adapter.uses > 0 ? formatPlural(adapter.uses, 'use') : undefined,
    adapter.agents.length === 0 ? t('no agent') : formatPlural(adapter.agents.length, 'agent'),
    bytes === null ? undefined : formatBytes(bytes),
  ]);
}

function workText(work: AdapterWorkState): string {
  switch (work.kind) {
    case 'loading':
      return t('loading');
    case 'unloading':
      return t('unloading');
    case 'refused':
      return work.reason;
  }
}

/** All that is known of an adapter, one line each. */
export function adapterFacts(adapter: AdapterView, work?: AdapterWorkState): string[] {
  const { memory_bytes: memory, size_bytes: size, load_count: loads } = adapter;
  return [
    `${adapter.name} @${adapter.revision}`,
    ...(work ? [workText(work)] : []),
    `${adapter.source}: ${adapter.path}`,
    t('Uses: {0}', formatCount(adapter.uses)),
    ...(adapter.agents.length > 0 ? [t('Agents: {0}', adapter.agents.join(', '))] : []),
    ...(memory ? [t('Memory: {0}', formatBytes(memory))] : []),
    ...(size === null ? [] : [t('On disk: {0}', formatBytes(size))]),
    ...(loads === null ? [] : [t('Loaded {0}', formatPlural(loads, 'time'))]),
    ...(adapter.tier === 'host' ? [t('In the memory of the host: loads faster than from disk.')] : []),
  ];
}

const joined = (parts: readonly (string | undefined)[]) => parts.filter((part) => part !== undefined).join(' · ');
