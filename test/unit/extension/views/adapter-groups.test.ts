import { describe, expect, it } from 'vitest';
import { adapterDescription, groupAdapters } from '../../../../extension/views/adapter-groups.ts';
import { adapter } from '../support/fixtures.ts';

const MIB = 1024 * 1024;

describe('adapters', () => {
  it('stand by place, the most used first, and empty groups are left out', () => {
    const groups = groupAdapters([
      adapter({ name: 'ceo-q3', size_bytes: 13 * MIB }),
      adapter({ name: 'cfo', loaded: true, uses: 1889, size_bytes: 13 * MIB }),
      adapter({ name: 'coo', loaded: true, uses: 3031, size_bytes: 13 * MIB }),
      adapter({ name: 'ceo', loaded: true, pinned: true, uses: 2020, size_bytes: 13 * MIB }),
    ]);
    expect(
      groups.map(({ place, adapters, description }) => [place, adapters.map(({ name }) => name), description]),
    ).toEqual([
      ['pinned', ['ceo'], 'never unloaded'],
      ['loaded', ['coo', 'cfo'], '3 · 39 MiB'],
      ['disk', ['ceo-q3'], '1'],
    ]);
  });

  it('of an endpoint that does not tell are registered', () => {
    expect(groupAdapters([adapter({ name: 'ceo', loaded: null })]).map(({ place }) => place)).toEqual(['registered']);
  });

  it('say uses, agents and size', () => {
    const used = adapter({ name: 'ceo', uses: 2020, agents: ['ceo', 'founder'], size_bytes: 13 * MIB });
    expect(adapterDescription(used)).toBe('2,020 uses · 2 agents · 13 MiB');
    expect(adapterDescription(adapter({ name: 'ceo-q3' }))).toBe('no agent');
  });
});
