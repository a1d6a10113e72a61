import { describe, expect, it } from 'vitest';
import {
  changeInterval,
  changeText,
  comparisonWarning,
  differencesText,
  engineFace,
  pairOf,
  runName,
  whenText,
  withChosen,
} from '../../../../webview/benchmark/history-facts.ts';
import { measurementOf, resultOf } from '../../benchmark/support/results.ts';
import { summary } from './fixtures.ts';

const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
const iso = (...moment: Parameters<typeof at>) => new Date(at(...moment)).toISOString();

describe('the history', () => {
  it.each([
    [iso(24, 0, 5), 'Today 00:05'],
    [iso(23, 23, 59), 'Yesterday 23:59'],
    [iso(22, 11, 42), '22 Nov 2026 11:42'],
  ])('says when %s was', (when, text) => {
    expect(whenText(when, at(24, 12))).toBe(text);
  });

  it('names what was measured, and on which engine where that matters', () => {
    const { conditions } = resultOf([], 'simulated');
    expect(runName(summary({ scenario: null }))).toBe('Guide’s baseline (all)');
    expect(runName(summary({ kind: 'load', scenario: null, name: 'boardroom' }))).toBe('Load test boardroom');
    expect(engineFace(summary({ conditions }))).toEqual({ kind: 'text', text: 'no model used' });
    expect(engineFace(summary({ conditions, scenario: 'inference-cached' }))).toEqual({ kind: 'simulated' });
    expect(engineFace(summary({ conditions, scenario: null }))).toEqual({ kind: 'simulated' });
  });

  it('compares two: the third choice takes the place of the first, and A is the earlier run', () => {
    const chosen = withChosen(withChosen(withChosen([], 'c', true), 'a', true), 'b', true);
    expect(chosen).toEqual(['a', 'b']);
    expect(withChosen(chosen, 'a', false)).toEqual(['b']);
    const runs = [summary({ id: 'b', number: 2 }), summary({ id: 'a', number: 7 })];
    expect(pairOf(chosen, runs)?.map(({ number }) => number)).toEqual([2, 7]);
    expect(pairOf(['a', 'deleted'], runs)).toBeUndefined();
  });
});

describe('a comparison', () => {
  it.each([
    [0.202, '+20.2 %'],
    [-0.052, '−5.2 %'],
    [0.0001, '0 %'],
  ])('writes %f as %s', (change, text) => {
    expect(changeText(change)).toBe(text);
  });

  it('writes the interval with both signs', () => {
    const change = { value: -0.04, low: -0.11, high: 0.03 };
    expect(
      changeInterval({
        scenario: 'storage',
        statistic: 'p99',
        before: 1,
        after: 1,
        change,
        reading: 'no clear difference',
      }),
    ).toBe('−11.0 to +3.0 %');
  });

  it('warns where the two did not measure the same', () => {
    const storage = resultOf([measurementOf('storage', [1])]);
    const other = (part: Partial<(typeof storage)['conditions']>) => ({
      ...storage,
      conditions: { ...storage.conditions, ...part },
    });
    expect(comparisonWarning(storage, storage)).toBeUndefined();
    expect(comparisonWarning(storage, resultOf([measurementOf('authentication', [1])]))).toMatch(/different scenarios/);
    expect(comparisonWarning(storage, other({ engine: 'llama' }))).toMatch(/different engines/);
    expect(comparisonWarning(storage, other({ load: 'serial' }))).toMatch(/different loads/);
  });

  it('says what else changed', () => {
    expect(differencesText({ changes: [], differences: ['replicas: 1 → 2', 'node: v22 → v24'] })).toBe(
      'What changed between them: replicas: 1 → 2; node: v22 → v24.',
    );
  });
});
