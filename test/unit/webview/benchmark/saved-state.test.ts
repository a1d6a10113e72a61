import { expect, it } from 'vitest';
import { parseSavedState } from '../../../../webview/benchmark/saved-state.ts';
import { config } from './fixtures.ts';

it('brings back what was kept, and begins anew with the state of another version', () => {
  const initial = parseSavedState(undefined);
  const kept = { ...initial, tab: 'history', config, chosen: ['a', 'b'] } as const;
  expect(parseSavedState(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  expect(parseSavedState({ ...kept, config: { ...config, ratePerS: -1 } })).toEqual(initial);
  expect(parseSavedState({ tab: 'result' })).toEqual(initial);
});
