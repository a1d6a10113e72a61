import type { CacheCandidate, CacheExplanation } from '../../contracts/http.ts';
import type { Answer } from './answers.ts';

const at = (ms: number) => new Date(ms).toISOString();

/** Why an answer to the same prompt, or to another spelling of it, is given. */
export function reasonOfHit(answer: Answer, tier: 'exact' | 'normalised'): string {
  const what = tier === 'exact' ? 'The same prompt' : `The same prompt in another spelling ("${answer.prompt}")`;
  return `${what} was answered at ${at(answer.storedAt)}; the answer is kept until ${at(answer.expiresAt)}.`;
}

/** Why a similar prompt answers, or what refuses the most similar one. */
export function judge(candidates: readonly CacheCandidate[]): Pick<CacheExplanation, 'tier' | 'reason'> {
  const hit = candidates.find(({ refused_by }) => refused_by.length === 0);
  if (hit) {
    const reason = `"${hit.prompt}" is similar enough (${hit.score.toFixed(3)}), and no guard objects.`;
    return { tier: 'semantic', reason };
  }
  const [best] = candidates;
  if (!best) return { tier: null, reason: 'Nothing comparable was answered before: the model is asked.' };
  const objections = best.refused_by.map(({ guard, detail }) => `${guard} (${detail})`).join(', ');
  return { tier: null, reason: `The most similar prompt, "${best.prompt}", differs in ${objections}.` };
}
