import { describe, expect, it } from 'vitest';
import { adapterDescription, adapterFacts, groupAdapters } from '../../../../extension/views/adapter-groups.ts';
import { adapter } from '../support/fixtures.ts';

const MIB = 1024 * 1024;

describe('adapters', () => {
  it('stand by place, the most used first, and empty groups are left out', () => {
    const adapters = [
      adapter({ name: 'ceo-q3', size_bytes: 13 * MIB }),
      adapter({ name: 'cfo', loaded: true, uses: 1889, size_bytes: 13 * MIB }),
      adapter({ name: 'coo', loaded: true, uses: 3031, size_bytes: 13 * MIB }),
      adapter({ name: 'ceo', loaded: true, pinned: true, uses: 2020, size_bytes: 13 * MIB }),
    ];
    const groups = groupAdapters(adapters, 100);
    expect(
      groups.map(({ place, adapters, description }) => [place, adapters.map(({ name }) => name), description]),
    ).toEqual([
      ['pinned', ['ceo'], 'never unloaded'],
      ['loaded', ['coo', 'cfo'], '3 of 100 slots · 39 MiB'],
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

  it('take of the memory what the engine says, and of the disk their size', () => {
    const loaded = adapter({ name: 'ceo', loaded: true, size_bytes: 13 * MIB, memory_bytes: 26 * MIB });
    expect(adapterDescription(loaded)).toBe('no agent · 26 MiB');
    expect(adapterDescription({ ...loaded, loaded: false, memory_bytes: 0 })).toBe('no agent · 13 MiB');
    expect(groupAdapters([loaded])[0]?.description).toBe('1 · 26 MiB');
  });

  it('say what is done with them now, or why it was refused', () => {
    const one = adapter({ name: 'ceo' });
    expect(adapterDescription(one, { kind: 'loading' })).toBe('loading');
    expect(adapterDescription(one, { kind: 'refused', reason: 'made for another base model' })).toBe(
      'made for another base model',
    );
  });

  it('tell all that is known of one in its tooltip', () => {
    const facts = {
      loaded: true,
      size_bytes: 13 * MIB,
      memory_bytes: 26 * MIB,
      load_count: 3,
      uses: 2,
      agents: ['ceo'],
    };
    expect(adapterFacts(adapter({ name: 'ceo', ...facts }))).toEqual([
      'ceo @3f9a1c',
      'local: adapters/ceo',
      'Uses: 2',
      'Agents: ceo',
      'Memory: 26 MiB',
      'On disk: 13 MiB',
      'Loaded 3 times',
    ]);
  });
});
