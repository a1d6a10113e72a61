import { describe, expect, it } from 'vitest';
import { measuringJob, suggestedLoads } from '../../../../../extension/panels/benchmark/benchmark-loads.ts';
import { benchmarkLoadSchema } from '../../../../../runtime/contracts/benchmark-panel.ts';
import { measuringJobSchema } from '../../../../../runtime/contracts/benchmark-process.ts';
import { config } from '../../../webview/benchmark/fixtures.ts';

const at = { target: { url: 'http://127.0.0.1:7071', token: 't' }, services: null, folder: null };
const job = (part: Partial<typeof config>, longer: ('storage' | 'authentication')[] | null = null) =>
  measuringJobSchema.parse(measuringJob({ config: { ...config, ...part }, longer }, at, 50));

describe('the load of a run', () => {
  it('is what the fields say', () => {
    expect(job({})).toMatchObject({
      scenarios: ['inference-uncached'],
      load: { mode: 'open', rate_per_s: 20, duration_s: 50, warm_up_s: 10 },
    });
    expect(job({ mode: 'serial' })).toMatchObject({ load: { mode: 'serial', requests: 1000 } });
  });

  it('is that of each scenario for the baseline, whatever the fields say', () => {
    expect(job({ scenario: 'baseline', mode: 'serial' })).toMatchObject({ scenarios: null, load: { mode: 'open' } });
  });

  it('is longer for the rows that were unsure', () => {
    expect(job({ scenario: 'baseline' }, ['storage'])).toMatchObject({
      scenarios: ['storage'],
      load: { mode: 'open', duration_s: 120 },
    });
  });

  it('follows the settings where a model answers, and is allowed everywhere', () => {
    const loads = suggestedLoads({ requests: 1000, warmUpS: 10, ratePerS: 20 });
    expect(loads['inference-uncached']).toEqual({ ratePerS: 20, durationS: 50, warmUpS: 10, requests: 1000 });
    expect(loads['agent-start']).toMatchObject({ requests: 20, warmUpS: 0 });
    for (const load of Object.values(loads)) expect(benchmarkLoadSchema.safeParse(load).success).toBe(true);
  });
});
