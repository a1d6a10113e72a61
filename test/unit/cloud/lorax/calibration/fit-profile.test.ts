import { describe, expect, it } from 'vitest';
import { fitProfile, type Measurement, type Sample } from '../../../../../runtime/cloud/lorax/calibration/index.ts';
import { assumedProfile, describeOrigin } from '../../../../../runtime/cloud/lorax/simulated/profile.ts';

/** A GPU whose figures we know. */
const TRUE = { stepMs: 18, stepMsPerSeq: 0.5, stepMsPerAdapter: 0.25, prefillMsPerTok: 0.2 };

function sample(concurrency: number, adapters: number, promptTokens: number, noiseMs = 0): Sample {
  const stepMs = TRUE.stepMs + TRUE.stepMsPerSeq * concurrency + TRUE.stepMsPerAdapter * adapters + noiseMs;
  const firstTokenMs = stepMs + promptTokens * TRUE.prefillMsPerTok;
  const generatedTokens = 65;
  const inferenceMs = firstTokenMs + stepMs * (generatedTokens - 1);
  return { concurrency, adapters, promptTokens, generatedTokens, queueMs: 0, firstTokenMs, inferenceMs };
}

const measured = (samples: Sample[]): Measurement => ({
  source: 'https://lorax.example',
  modelId: 'mistral-7b',
  computeType: 'gpu+optimized',
  measuredAt: '2026-11-23T10:00:00.000Z',
  samples,
});

const full = [
  sample(1, 0, 10),
  sample(1, 0, 500),
  sample(4, 0, 10),
  sample(4, 1, 10),
  sample(4, 4, 10),
  sample(16, 8, 10),
];

describe('a fitted profile', () => {
  it('finds the figures of the step model again, and says where they come from', () => {
    const profile = fitProfile(measured(full));
    for (const [figure, value] of Object.entries(TRUE))
      expect(profile).toHaveProperty(figure, expect.closeTo(value, 6));
    expect(profile.maxBatch).toBe(assumedProfile.maxBatch);
    expect(profile.origin).toMatchObject({ source: 'https://lorax.example', samples: 6, stillAssumed: [] });
    expect(describeOrigin(profile.origin)).toBe(
      'calibrated on 2026-11-23T10:00:00.000Z at https://lorax.example (mistral-7b, gpu+optimized, 6 samples, ±0.0 ms)',
    );
  });

  it('evens out what varies, and tells how much', () => {
    const noisy = [-1, 1].flatMap((noise) => [
      sample(1, 0, 10, noise),
      sample(1, 0, 500, noise),
      sample(16, 0, 10, noise),
    ]);
    const { stepMs, stepMsPerSeq, origin } = fitProfile(measured(noisy));
    expect([stepMs, stepMsPerSeq]).toEqual([expect.closeTo(18, 6), expect.closeTo(0.5, 6)]);
    expect(origin).toMatchObject({ rmsErrorMs: expect.closeTo(1, 6) });
  });

  it('keeps the assumed figure where nothing was measured', () => {
    const alone = fitProfile(measured([sample(1, 0, 10), sample(1, 0, 500)]));
    expect(alone.origin).toMatchObject({ stillAssumed: ['stepMsPerSeq', 'stepMsPerAdapter'] });
    expect(alone).toMatchObject({
      stepMsPerSeq: 0.35,
      stepMsPerAdapter: 0.15,
      prefillMsPerTok: expect.closeTo(0.2, 6),
    });
    expect(describeOrigin(alone.origin)).toContain('assumed: stepMsPerSeq, stepMsPerAdapter');
  });

  it('counts only those that were not waiting as the batch', () => {
    const waiting = (one: Sample): Sample => ({ ...one, concurrency: 2 * one.concurrency, queueMs: one.inferenceMs });
    const halfWaiting = [sample(1, 0, 10), sample(1, 0, 500), waiting(sample(8, 0, 10)), waiting(sample(16, 0, 10))];
    expect(fitProfile(measured(halfWaiting)).stepMsPerSeq).toBeCloseTo(0.5, 3);
  });

  it('needs answers of more than one token', () => {
    expect(() => fitProfile(measured([{ ...sample(1, 0, 10), generatedTokens: 1 }]))).toThrow(
      expect.objectContaining({ code: 'AOS_BAD_REQUEST' }),
    );
  });
});
