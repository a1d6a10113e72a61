import type { CacheMode } from '../../contracts/http.ts';
import { lexicalEmbedder } from './lexical-embedder.ts';

/** The cosine from which prompts count as similar, for some strictnesses; in between it is a straight line. */
type Calibration = readonly (readonly [strictness: number, cosine: number])[];

/**
 * Measured on the labelled pairs of `npm run bench -- cache-quality`, whose wrong pairs were written to be similar. Strict:
 * the share of right answers among the hits is surely (Wilson, 95 %) at least the strictness. Guarded: no cosine reaches
 * that there, since one ordinary word for another hardly turns the vector; from 0.9 on three of four hits are right, which
 * is why strict is the default.
 */
const calibrations: Readonly<Record<string, Readonly<Record<Exclude<CacheMode, 'off'>, Calibration>>>> = {
  [lexicalEmbedder.id]: {
    strict: [
      [0.5, 0.5],
      [0.95, 0.8],
      [1, 0.999],
    ],
    guarded: [
      [0.5, 0.7],
      [0.95, 0.9],
      [1, 0.999],
    ],
  },
};

/**
 * What a strictness (0.5 to 1) means for an embedder. Without a calibration the cosine is the strictness itself: models
 * put paraphrases at 0.8 and above, so that 0.95 errs on the side of asking the model.
 */
export function thresholdOf(embedderId: string, mode: CacheMode, strictness: number): number {
  const knots = mode === 'off' ? undefined : calibrations[embedderId]?.[mode];
  if (!knots) return strictness;
  const next = Math.max(
    1,
    knots.findIndex(([at]) => at >= strictness),
  );
  const [[x0, y0], [x1, y1]] = [knots[next - 1]!, knots[next]!];
  return y0 + ((strictness - x0) / (x1 - x0)) * (y1 - y0);
}
