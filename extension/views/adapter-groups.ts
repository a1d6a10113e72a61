import type { AdapterView } from '../../runtime/contracts/http.ts';
import { formatBytes, formatCount, formatPlural } from '../../runtime/contracts/units.ts';
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

/** The adapters by place, the most used first; empty groups are left out. */
export function groupAdapters(adapters: Iterable<AdapterView>): AdapterGroup[] {
  const sorted = [...adapters].sort((a, b) => b.uses - a.uses || a.name.localeCompare(b.name, 'en', { numeric: true }));
  const inGpu = sorted.filter((adapter) => adapter.pinned || adapter.loaded);
  return (['pinned', 'loaded', 'registered', 'disk'] as const)
    .map((place) => {
      const members = sorted.filter((adapter) => placeOf(adapter) === place);
      return { place, adapters: members, description: describe(place, members, inGpu) };
    })
    .filter((group) => group.adapters.length > 0);
}

function describe(place: AdapterPlace, members: readonly AdapterView[], inGpu: readonly AdapterView[]): string {
  if (place === 'pinned') return t('never unloaded');
  if (place !== 'loaded') return formatCount(members.length);
  const bytes = inGpu.reduce((sum, adapter) => sum + (adapter.size_bytes ?? 0), 0);
  return [formatCount(inGpu.length), bytes > 0 ? formatBytes(bytes) : undefined]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** `2,020 uses · 2 agents · 13 MiB` */
export function adapterDescription(adapter: AdapterView): string {
  return [
    adapter.uses > 0 ? formatPlural(adapter.uses, 'use') : undefined,
    adapter.agents.length === 0 ? t('no agent') : formatPlural(adapter.agents.length, 'agent'),
    adapter.size_bytes === null ? undefined : formatBytes(adapter.size_bytes),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
