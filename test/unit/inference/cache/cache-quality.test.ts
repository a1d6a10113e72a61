import { describe, expect, it } from 'vitest';
import { thresholdOf } from '../../../../runtime/inference/cache/calibration.ts';
import { lexicalEmbedder } from '../../../../runtime/inference/cache/lexical-embedder.ts';
import { wilson } from '../../../../runtime/inference/cache/wilson.ts';
import { measure, pairs } from '../../../bench/cache-pairs/measure.ts';

describe('the labelled pairs', () => {
  it('are at least 400, right and wrong ones, none twice', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(400);
    expect(pairs.filter(({ same }) => same).length).toBeGreaterThanOrEqual(100);
    expect(new Set(pairs.map(({ a, b }) => `${a}\n${b}`)).size).toBe(pairs.length);
  });

  it('are answered by strict with a precision of at least 0.99, and half of the right ones are found', async () => {
    const { precision, recall } = await measure('strict', 0.95);
    expect(precision).toBeGreaterThanOrEqual(0.99);
    expect(recall).toBeGreaterThanOrEqual(0.5);
  });

  it('let guarded find more, at the price of precision', async () => {
    const [guarded, off] = [await measure('guarded', 0.5), await measure('off', 0.95)];
    expect(guarded.precision).toBeGreaterThan(0.6);
    expect(guarded.recall).toBeGreaterThan((await measure('strict', 0.95)).recall);
    expect(off.precision).toBe(1);
  });

  it.each([0.5, 0.7, 0.9, 0.95])(
    'keep what strictness %f promises in strict: surely so large a share is right',
    async (strictness) => {
      const { similar } = await measure('strict', strictness);
      expect(wilson(similar.wrong, similar.right + similar.wrong).upper).toBeLessThanOrEqual(1 - strictness);
    },
  );
});

describe('thresholdOf', () => {
  it('rises with the strictness, for the embedder that was calibrated', () => {
    for (const mode of ['strict', 'guarded'] as const) {
      const thresholds = [0.5, 0.6, 0.8, 0.95, 0.99, 1].map((s) => thresholdOf(lexicalEmbedder.id, mode, s));
      expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b));
      expect(thresholds.at(-1)).toBe(0.999);
    }
    expect(thresholdOf(lexicalEmbedder.id, 'strict', 0.95)).toBe(0.8);
    expect(thresholdOf(lexicalEmbedder.id, 'strict', 0.725)).toBeCloseTo(0.65);
  });

  it('is the strictness itself for an embedder that was not', () => {
    expect(thresholdOf('some-model', 'strict', 0.95)).toBe(0.95);
  });
});
