import { describe, expect, it } from 'vitest';
import {
  archiveOldData,
  evaluateLifecycle,
  type LifecycleBlob,
  type LifecyclePolicy,
  prefixesIn,
} from '../../../runtime/storage/lifecycle.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const DAY_MS = 86_400_000;
const blob = (ageDays: number, more: Partial<LifecycleBlob> = {}): LifecycleBlob => ({
  container: 'training-data',
  name: 'ceo/set.jsonl',
  type: 'blockBlob',
  lastModified: new Date(NOW.getTime() - ageDays * DAY_MS),
  tier: 'Hot',
  ...more,
});
const policyOf = (
  baseBlob: LifecyclePolicy['rules'][number]['definition']['actions']['baseBlob'],
  filters: Partial<LifecyclePolicy['rules'][number]['definition']['filters']> = {},
  name = 'rule',
): LifecyclePolicy => ({
  rules: [
    {
      name,
      enabled: true,
      type: 'Lifecycle',
      definition: { filters: { blobTypes: ['blockBlob'], ...filters }, actions: { baseBlob } },
    },
  ],
});
const outcome = (policy: LifecyclePolicy, ...blobs: LifecycleBlob[]) =>
  evaluateLifecycle(policy, blobs, NOW).map(({ to }) => to);

describe('archiveOldData', () => {
  it("is the guide's policy, to the letter", () => {
    expect(JSON.parse(JSON.stringify(archiveOldData))).toEqual({
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
    });
  });

  it('cools after more than 30 days and archives after more than 90', () => {
    const ages = [0, 30, 30.001, 90, 90.001, 1000];
    const changes = evaluateLifecycle(
      archiveOldData,
      ages.map((age) => blob(age, { name: `${age}` })),
      NOW,
    );
    expect(changes.map(({ blob: name, to }) => [name, to])).toEqual([
      ['30.001', 'Cool'],
      ['90', 'Cool'],
      ['90.001', 'Archive'],
      ['1000', 'Archive'],
    ]);
    expect(changes[0]).toEqual({
      container: 'training-data',
      blob: '30.001',
      rule: 'archive-old-data',
      action: 'tierToCool',
      from: 'Hot',
      to: 'Cool',
      ageDays: 30,
    });
  });
});

describe('evaluateLifecycle', () => {
  it('matches a prefix against container and name, in their exact case', () => {
    expect(outcome(archiveOldData, blob(31, { container: 'aos-data', name: 'training-data/set.jsonl' }))).toEqual([]);
    expect(outcome(archiveOldData, blob(31, { container: 'training-data-2' }))).toEqual([]);
    const policy = policyOf({ tierToCool: { daysAfterModificationGreaterThan: 1 } }, { prefixMatch: ['logs/A', 'x/'] });
    const named = (container: string, name: string) => blob(2, { container, name });
    expect(outcome(policy, named('logs', 'A1'), named('logs', 'a1'), named('x', '1'), named('y', '1'))).toEqual([
      'Cool',
      'Cool',
    ]);
  });

  it('takes every blob when there is no prefix, and no rule that is off', () => {
    const policy = policyOf({ tierToCool: { daysAfterModificationGreaterThan: 1 } });
    expect(outcome(policy, blob(2, { container: 'any' }))).toEqual(['Cool']);
    expect(outcome({ rules: [{ ...policy.rules[0]!, enabled: false }] }, blob(2))).toEqual([]);
  });

  it('takes the cheapest of the actions that are due, over all rules', () => {
    const olderThan = (days: number) => ({ daysAfterModificationGreaterThan: days });
    const policy = policyOf({ tierToCool: olderThan(1), tierToArchive: olderThan(5), delete: olderThan(10) });
    expect(outcome(policy, blob(2), blob(6), blob(11))).toEqual(['Cool', 'Archive', null]);
    const two = {
      rules: [
        ...policyOf({ tierToCool: olderThan(1) }).rules,
        ...policyOf({ tierToArchive: olderThan(1) }, {}, 'second').rules,
      ],
    };
    expect(evaluateLifecycle(two, [blob(2)], NOW)).toMatchObject([{ rule: 'second', to: 'Archive' }]);
  });

  it('moves nothing to the tier where it is, nor to a warmer one', () => {
    const tiers = (['Cool', 'Cold', 'Archive'] as const).map((tier) => blob(31, { tier }));
    expect(outcome(archiveOldData, ...tiers)).toEqual([]);
    expect(outcome(archiveOldData, blob(91, { tier: 'Cool' }), blob(91, { tier: undefined }))).toEqual([
      'Archive',
      'Archive',
    ]);
  });

  it('minds the type: append blobs are only deleted, page blobs never touched', () => {
    const policy = policyOf(
      { tierToCool: { daysAfterModificationGreaterThan: 1 }, delete: { daysAfterModificationGreaterThan: 10 } },
      { blobTypes: ['blockBlob', 'appendBlob'] },
    );
    const of = (type: LifecycleBlob['type']) => [blob(2, { type }), blob(11, { type })];
    expect(outcome(policy, ...of('appendBlob'))).toEqual([null]);
    expect(outcome(policy, ...of('pageBlob'))).toEqual([]);
    expect(outcome(archiveOldData, blob(31, { type: 'appendBlob' }))).toEqual([]);
  });
});

describe('prefixesIn', () => {
  it('says which names of a container a policy can match', () => {
    const policy = policyOf({}, { prefixMatch: ['training-data/', 'logs/2025/', 'logs/2025/01/', 'logs/x', 'tr'] });
    expect(prefixesIn('training-data', policy)).toEqual(['']);
    expect(prefixesIn('logs', policy)).toEqual(['2025/', 'x']);
    expect(prefixesIn('aos-data', policy)).toEqual([]);
    expect(prefixesIn('aos-data', policyOf({}))).toEqual(['']);
  });
});
