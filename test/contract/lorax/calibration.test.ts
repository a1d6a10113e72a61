import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fitProfile, measureEndpoint } from '../../../runtime/cloud/lorax/calibration/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { KEY, startTestLorax } from './client.ts';

/** The figures to find again: not the assumed ones. */
const FIGURES = { stepMs: 30, stepMsPerSeq: 2, stepMsPerAdapter: 1.5, prefillMsPerTok: 0.5 };

/** Lets virtual time run as fast as the machine can, 1 ms a turn, until `work` is done. */
async function withTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let over = false;
  const finish = () => {
    over = true;
  };
  work.then(finish, finish);
  while (!over) await clock.advance(1);
  return work;
}

describe('a calibration', () => {
  it('finds the figures of an endpoint from the headers of its answers', async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 23));
    const lorax = await startTestLorax({ clock, profile: { timeScale: 1, ...FIGURES } });
    const options = { apiKey: KEY, adapters: ['a', 'b', 'c', 'd'], concurrencies: [1, 4, 8], tokens: 32, clock };
    const measurement = await withTime(clock, measureEndpoint(lorax.url, options));
    await lorax.dispose();
    expect(measurement).toMatchObject({ source: lorax.url, modelId: 'aos/simulated', computeType: 'simulated' });
    expect(measurement.measuredAt).toMatch(/^2026-11-23T/);

    const profile = fitProfile(measurement);
    expect(profile.origin).toMatchObject({ computeType: 'simulated', stillAssumed: [] });
    for (const [figure, value] of Object.entries(FIGURES)) {
      const fitted = profile[figure as keyof typeof FIGURES];
      expect(Math.abs(fitted - value) / value, `${figure}: ${fitted}`).toBeLessThan(0.25);
    }
    // Such a profile is one that an endpoint can be started with, and /info says what it is.
    const calibrated = await startTestLorax({ profile: { ...profile, timeScale: 0 } });
    const info = (await (await calibrated.get('/info')).json()) as { aos_profile: string };
    expect(info.aos_profile).toContain(`at ${lorax.url} (aos/simulated, simulated,`);
    await calibrated.dispose();
  });

  it('says what is wrong with an endpoint that cannot be measured', async () => {
    await expect(measureEndpoint('localhost')).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
    const lorax = await startTestLorax();
    const refused = measureEndpoint(lorax.url, { apiKey: 'wrong' });
    await expect(refused).rejects.toThrow(/answered 401/);
    await lorax.dispose();
    await expect(measureEndpoint(lorax.url)).rejects.toMatchObject({
      code: 'AOS_INFERENCE_FAILED',
      message: expect.stringContaining('cannot be reached'),
    });

    const other = createServer((_, response) => response.end('{}'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(measureEndpoint(`http://127.0.0.1:${port}`)).rejects.toThrow(/no header x-prompt-tokens/);
    other.close();
    other.closeAllConnections();
  });
});
