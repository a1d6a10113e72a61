import type { AccessTier, BlobType } from './blob-manager.ts';

/**
 * A blob lifecycle policy as Azure takes it (Microsoft.Storage/storageAccounts/managementPolicies, `properties.policy`):
 * the same object is evaluated here and goes into the Azure template.
 */
export interface LifecyclePolicy {
  readonly rules: readonly LifecycleRule[];
}

export interface LifecycleRule {
  readonly name: string;
  readonly enabled: boolean;
  readonly type: 'Lifecycle';
  readonly definition: {
    readonly filters: {
      readonly blobTypes: readonly ('blockBlob' | 'appendBlob')[];
      /** Each starts with the name of a container: `training-data/` is all of the container `training-data`. */
      readonly prefixMatch?: readonly string[];
    };
    readonly actions: { readonly baseBlob: Readonly<Partial<Record<LifecycleAction, LifecycleAge>>> };
  };
}

export type LifecycleAction = 'tierToCool' | 'tierToArchive' | 'delete';

export interface LifecycleAge {
  readonly daysAfterModificationGreaterThan: number;
}

/** The guide's policy: training data goes to cool after 30 days, to archive after 90 (R32). */
export const archiveOldData = {
  rules: [
    {
      name: 'archive-old-data',
      enabled: true,
      type: 'Lifecycle',
      definition: {
        filters: { blobTypes: ['blockBlob'], prefixMatch: ['training-data/'] },
        actions: {
          baseBlob: {
            tierToCool: { daysAfterModificationGreaterThan: 30 },
            tierToArchive: { daysAfterModificationGreaterThan: 90 },
          },
        },
      },
    },
  ],
} as const satisfies LifecyclePolicy;

export interface LifecycleBlob {
  container: string;
  name: string;
  type: BlobType;
  lastModified: Date;
  tier: AccessTier | undefined;
}

export interface LifecycleChange {
  container: string;
  blob: string;
  /** Name of the rule. */
  rule: string;
  action: LifecycleAction;
  from: AccessTier | undefined;
  /** Null: it is deleted. */
  to: AccessTier | null;
  /** Whole days since it was modified. */
  ageDays: number;
}

const DAY_MS = 86_400_000;

/** What is due first in this order is done: of several actions Azure takes the one that makes a blob cheapest. */
const CHEAPEST_FIRST: readonly { action: LifecycleAction; to: AccessTier | null }[] = [
  { action: 'delete', to: null },
  { action: 'tierToArchive', to: 'Archive' },
  { action: 'tierToCool', to: 'Cool' },
];
const WARMEST_FIRST: readonly AccessTier[] = ['Hot', 'Cool', 'Cold', 'Archive'];

/**
 * What a policy does to blobs at a time, by the rules of Azure's lifecycle management: a prefix is one of
 * `<container>/<name>` in their exact case, an age has to be greater than the days, the cheapest action wins, no blob
 * is moved to a warmer tier, and an append blob is deleted or left alone
 * (learn.microsoft.com, storage/blobs/lifecycle-management-overview).
 */
export function evaluateLifecycle(
  policy: LifecyclePolicy,
  blobs: Iterable<LifecycleBlob>,
  now: Date,
): LifecycleChange[] {
  const rules = policy.rules.filter((rule) => rule.enabled);
  return Array.from(blobs).flatMap((blob) => changeOf(blob, rules, now) ?? []);
}

/** Prefixes of the names in a container that a rule of the policy may match: the empty one for all, none for none. */
export function prefixesIn(container: string, policy: LifecyclePolicy): string[] {
  const prefixes = policy.rules
    .filter((rule) => rule.enabled)
    .flatMap(({ definition }) => definition.filters.prefixMatch ?? [''])
    .flatMap((prefix) => {
      if (`${container}/`.startsWith(prefix)) return [''];
      return prefix.startsWith(`${container}/`) ? [prefix.slice(container.length + 1)] : [];
    });
  // What a shorter one covers would be looked at twice.
  return [...new Set(prefixes)].filter((one, _, all) => !all.some((other) => other !== one && one.startsWith(other)));
}

function changeOf(blob: LifecycleBlob, rules: readonly LifecycleRule[], now: Date): LifecycleChange | undefined {
  const age = (now.getTime() - blob.lastModified.getTime()) / DAY_MS;
  for (const { action, to } of CHEAPEST_FIRST) {
    const rule = rules.find((candidate) => matches(candidate, blob) && isDue(candidate, action, age));
    if (!rule || (to !== null && blob.type !== 'blockBlob')) continue;
    if (to !== null && isAsCold(blob.tier, to)) return undefined;
    const { container, name, tier: from } = blob;
    return { container, blob: name, rule: rule.name, action, from, to, ageDays: Math.floor(age) };
  }
  return undefined;
}

function matches({ definition: { filters } }: LifecycleRule, { container, name, type }: LifecycleBlob): boolean {
  const path = `${container}/${name}`;
  return (
    filters.blobTypes.some((wanted) => wanted === type) &&
    (filters.prefixMatch?.some((prefix) => path.startsWith(prefix)) ?? true)
  );
}

function isDue({ definition }: LifecycleRule, action: LifecycleAction, ageDays: number): boolean {
  const limit = definition.actions.baseBlob[action]?.daysAfterModificationGreaterThan;
  return limit !== undefined && ageDays > limit;
}

/** A blob without a tier is as warm as can be. */
function isAsCold(tier: AccessTier | undefined, than: AccessTier): boolean {
  return WARMEST_FIRST.indexOf(tier ?? 'Hot') >= WARMEST_FIRST.indexOf(than);
}
