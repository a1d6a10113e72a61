import type { CacheMode } from '../../../runtime/contracts/http.ts';
import { thresholdOf } from '../../../runtime/inference/cache/calibration.ts';
import { cosine } from '../../../runtime/inference/cache/embedder.ts';
import { agree } from '../../../runtime/inference/cache/guards.ts';
import { lexicalEmbedder } from '../../../runtime/inference/cache/lexical-embedder.ts';
import { normalise } from '../../../runtime/inference/cache/normalise.ts';
import { signatureOf } from '../../../runtime/inference/cache/signature.ts';
import { type Pair, pairsByRule } from './rules.ts';
import { writtenPairs } from './written.ts';

export const pairs: readonly Pair[] = [...pairsByRule, ...writtenPairs];

/** `cosine alone`: what a cache without guards would do. */
export type Judge = CacheMode | 'cosine alone';

export interface Quality {
  /** Share of the right ones among the hits; 1 if there is none. */
  precision: number;
  /** Share of the right pairs that hit. */
  recall: number;
  /** Share of the wrong pairs that hit. */
  falseHitRate: number;
  /** Hits of the semantic tier alone. */
  similar: { right: number; wrong: number };
  wrong: Pair[];
}

/** Each pair as the cache sees it: the one prompt is kept, the other one asked. */
export async function measure(judge: Judge, strictness: number): Promise<Quality> {
  const threshold = thresholdOf(lexicalEmbedder.id, judge === 'cosine alone' ? 'guarded' : judge, strictness);
  const hits: Pair[] = [];
  const similar = { right: 0, wrong: 0 };
  for (const pair of pairs) {
    const isNormalised = normalise(pair.a) === normalise(pair.b);
    if (!isNormalised && !(await isSimilar(pair, judge, threshold))) continue;
    hits.push(pair);
    if (!isNormalised) similar[pair.same ? 'right' : 'wrong']++;
  }
  const wrong = hits.filter(({ same }) => !same);
  const right = hits.length - wrong.length;
  const same = pairs.filter((pair) => pair.same).length;
  return {
    precision: hits.length === 0 ? 1 : right / hits.length,
    recall: right / same,
    falseHitRate: wrong.length / (pairs.length - same),
    similar,
    wrong,
  };
}

async function isSimilar({ a, b }: Pair, judge: Judge, threshold: number): Promise<boolean> {
  if (judge === 'off') return false;
  const [x, y] = await lexicalEmbedder.embed([a, b]);
  if (cosine(x!, y!) < threshold) return false;
  return judge === 'cosine alone' || agree(signatureOf(a), signatureOf(b), judge);
}
