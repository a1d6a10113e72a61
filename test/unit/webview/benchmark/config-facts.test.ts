import { describe, expect, it } from 'vitest';
import { suggestedLoads } from '../../../../extension/panels/benchmark/benchmark-loads.ts';
import { benchmarkConfigSchema } from '../../../../runtime/contracts/benchmark-panel.ts';
import {
  allowedText,
  loadKeys,
  loadLabel,
  plannedText,
  readLoad,
  withScenario,
} from '../../../../webview/benchmark/config-facts.ts';
import { config } from './fixtures.ts';

const loads = suggestedLoads({ requests: 1000, warmUpS: 10, ratePerS: 20 });

describe('the fields of a load', () => {
  it('are rate, duration and warm-up of the open loop, requests of the serial one, and none of the baseline', () => {
    expect(loadKeys(config)).toEqual(['ratePerS', 'durationS', 'warmUpS']);
    expect(loadKeys({ ...config, mode: 'serial' })).toEqual(['requests']);
    expect(loadKeys({ ...config, scenario: 'baseline' })).toEqual([]);
  });

  it.each([
    ['ratePerS', '20', 20],
    ['ratePerS', '0.5', 0.5],
    ['ratePerS', '0', undefined],
    ['ratePerS', '-1', undefined],
    ['durationS', 'NaN', undefined],
    ['warmUpS', '0', 0],
    ['requests', '1.5', undefined],
    ['requests', '', undefined],
  ] as const)('%s takes %j as %s', (key, text, value) => {
    expect(readLoad(key, text)).toBe(value);
    if (value !== undefined) expect(benchmarkConfigSchema.safeParse({ ...config, [key]: value }).success).toBe(true);
  });

  it('say what they take', () => {
    expect(allowedText('ratePerS')).toBe('0.01 to 100,000');
    expect(loadLabel('ratePerS', 'message-latency')).toBe('Rate (msg/s)');
  });

  it('take the load of another scenario, and keep it for the baseline', () => {
    expect(withScenario(config, 'message-latency', loads)).toMatchObject({
      scenario: 'message-latency',
      ratePerS: 200,
      durationS: 60,
    });
    expect(withScenario(config, 'baseline', loads)).toEqual({ ...config, scenario: 'baseline' });
  });

  it('come to a number of requests', () => {
    expect(plannedText(config)).toBe('= 1,000 requests');
    expect(plannedText({ ...config, mode: 'serial', requests: 1 })).toBe('= 1 request');
    expect(plannedText({ ...config, scenario: 'message-latency', ratePerS: 200, durationS: 60 })).toBe(
      '= 12,000 messages',
    );
    expect(plannedText({ ...config, scenario: 'baseline' })).toBe('= 9 targets, about 3 min');
  });
});
