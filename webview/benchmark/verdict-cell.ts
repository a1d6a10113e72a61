import type { Verdict } from '../../runtime/contracts/benchmark.ts';
import { h, icon } from '../ui/elements.ts';
import { verdictIcons, verdictWord } from './words.ts';

/** An icon and a word: no verdict by colour alone. */
export function verdictCell(verdict: Verdict): HTMLElement {
  const known = verdict !== 'not_judged' && verdict !== 'not_measured';
  return h(
    'span',
    { class: `tone verdict-cell ${verdict}` },
    icon(verdictIcons[verdict]),
    h('span', { class: known ? 'strong' : 'quiet-text', text: verdictWord(verdict) }),
  );
}
