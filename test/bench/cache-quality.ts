import { type Judge, measure, pairs, type Quality } from './cache-pairs/measure.ts';
import type { Figure } from './support/figures.ts';

const STRICTNESS = 0.95;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** How often the cache is right, on labelled pairs of which most were written to mislead it (`cache-pairs/`). */
export async function benchCacheQuality(): Promise<Figure[]> {
  const same = pairs.filter((pair) => pair.same).length;
  const judges: Judge[] = ['off', 'strict', 'guarded', 'cosine alone'];
  const figures: Figure[] = [{ name: 'pairs', ours: `${pairs.length}: ${same} alike, ${pairs.length - same} not` }];
  for (const judge of judges) figures.push(figureOf(judge, STRICTNESS, await measure(judge, STRICTNESS)));
  for (const strictness of [0.5, 0.7, 0.9, 0.99]) {
    figures.push(figureOf('strict', strictness, await measure('strict', strictness)));
  }
  return figures;
}

function figureOf(judge: Judge, strictness: number, { precision, recall, falseHitRate, wrong }: Quality): Figure {
  const kinds = Map.groupBy(wrong, ({ kind }) => kind);
  const mistakes = [...kinds].map(([kind, { length }]) => `${kind} ${length}`).join(', ') || 'none';
  return {
    name: `${judge}, strictness ${strictness}`,
    ours: `precision ${percent(precision)}, recall ${percent(recall)}, false hits ${percent(falseHitRate)} (${mistakes})`,
  };
}
