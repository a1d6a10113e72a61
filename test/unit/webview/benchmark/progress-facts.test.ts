import { describe, expect, it } from 'vitest';
import { progressShare, withProgress } from '../../../../runtime/contracts/benchmark-panel.ts';
import { progressLine } from '../../../../webview/benchmark/progress-facts.ts';
import { progress, running } from './fixtures.ts';

describe('the line of a run that goes on', () => {
  it('says how far it is, and whether the generator is on time', () => {
    expect(progressLine(running())).toEqual({
      title: 'Measuring',
      text: '7,600 of 12,000 messages · 22 s left',
      quiet: 'warm-up done (10 s, not counted) · generator on time (< 0.1 % late)',
    });
    // Another scenario of the baseline has a warm-up of its own.
    expect(progressLine(running({ scenario: 'storage' })).quiet).toBe('generator on time (< 0.1 % late)');
  });

  it.each([
    [0, 'generator on time'],
    [0.03, 'generator late (3.0 % of the requests)'],
  ])('with a share of %f sent late says %s', (late_share, text) => {
    expect(progressLine(running({ scenario: 'storage', late_share })).quiet).toBe(text);
  });

  it('says which of several is measured', () => {
    expect(progressLine(running({ index: 2, count: 7, scenario: 'storage', late_share: null })).text).toBe(
      '3 of 7: Storage · 7,600 of 12,000 requests · 22 s left',
    );
  });

  it.each([
    [{ phase: 'check' }, 'Checking that this machine keeps the rate.'],
    [{ phase: 'warm_up', remaining_s: 6 }, 'Warming up, 6 s left.'],
  ] as const)('of %j is %s', (part, title) => {
    expect(progressLine(running(part)).title).toBe(title);
  });

  it('says that it is being cancelled', () => {
    expect(progressLine({ ...running(), cancelling: true }).title).toBe('Cancelling.');
  });
});

describe('the progress', () => {
  it('counts scenarios alike', () => {
    expect(progressShare(running({ index: 1, count: 2, done: 50, planned: 100 }))).toBe(0.75);
    expect(progressShare(running({ index: 1, count: 2, phase: 'warm_up' }))).toBe(0.5);
  });

  it('collects the windows of a scenario, and begins anew with the next', () => {
    const window = (start_s: number) => ({ start_s, done: 1, errors: 0, p50_ms: 1, p95_ms: 1, p99_ms: 1 });
    const first = withProgress(running(), progress({ windows: [window(0)] }));
    const second = withProgress(first, progress({ windows: [window(1)] }));
    expect(second.windows.map(({ start_s }) => start_s)).toEqual([0, 1]);
    expect(withProgress(second, progress({ scenario: 'storage', windows: [] })).windows).toEqual([]);
  });
});
