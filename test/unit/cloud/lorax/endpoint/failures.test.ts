import { describe, expect, it } from 'vitest';
import { FailureInjector } from '../../../../../runtime/cloud/lorax/endpoint/failures.ts';
import type { Failures } from '../../../../../runtime/contracts/lorax.ts';

async function struck(failures: Failures, requests: number): Promise<boolean[]> {
  const injector = new FailureInjector({ failures });
  const results: boolean[] = [];
  for (let n = 0; n < requests; n++) {
    results.push(
      await injector.strike(new AbortController().signal).then(
        () => false,
        () => true,
      ),
    );
  }
  return results;
}

describe('injected failures', () => {
  it('hit the share of requests that is asked for', async () => {
    const hits = (await struck({ rate: 0.25, type: 500 }, 2000)).filter(Boolean).length;
    expect(hits).toBeGreaterThan(400);
    expect(hits).toBeLessThan(600);
    expect(await struck({ rate: 0, type: 500 }, 5)).toEqual(Array(5).fill(false));
    expect(await struck({ rate: 1, type: 424 }, 5)).toEqual(Array(5).fill(true));
  });

  it('hit the same requests again with the same seed, others with another', async () => {
    const run = (seed?: number) => struck({ rate: 0.5, type: 429, ...(seed === undefined ? {} : { seed }) }, 50);
    expect(await run(7)).toEqual(await run(7));
    expect(await run()).toEqual(await run());
    expect(await run(7)).not.toEqual(await run(8));
  });

  it('begin the draw anew when they are set', async () => {
    const injector = new FailureInjector({ failures: { rate: 1, type: 500 } });
    const signal = AbortSignal.timeout(60_000);
    await expect(injector.strike(signal)).rejects.toMatchObject({ type: 'incomplete_generation' });
    injector.set({ rate: 1, type: 'drop' });
    expect(await injector.strike(signal)).toBe(true);
    injector.set({ rate: 0, type: 500 });
    expect(await injector.strike(signal)).toBe(false);
  });
});
