import { expect, it } from 'vitest';
import { parseSavedState } from '../../../../webview/capacity/saved-state.ts';

it('takes what was kept, and starts anew from what another version kept', () => {
  const first = parseSavedState(undefined);
  expect(first.closed).toContain('Storage');
  const kept = { ...first, filter: 'cache', resultsTop: 120 };
  expect(parseSavedState(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  expect(parseSavedState({ ...kept, closed: ['A group of long ago'] })).toEqual(first);
});
