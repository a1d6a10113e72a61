import { expect, it } from 'vitest';
import { superimpose } from '../../../runtime/contracts/purpose.ts';

it('lays a later layer over an earlier one', () => {
  const leadership = { adapter: 'leadership', context: { tone: 'calm', horizon: 'years' }, skills: ['decide'] };
  const marketing = { adapter: 'marketing', context: { tone: 'bright' }, skills: ['write', 'decide'] };
  const office = { context: { place: 'Berlin' }, skills: [] };
  expect(superimpose([leadership, marketing, office])).toEqual({
    adapter: 'marketing',
    context: { tone: 'bright', horizon: 'years', place: 'Berlin' },
    skills: ['decide', 'write'],
  });
});

it('has no adapter without layers', () => {
  expect(superimpose([])).toEqual({ adapter: undefined, context: {}, skills: [] });
});
