import type { Token } from '../../../contracts/lorax.ts';
import type { EngineRequest } from '../engine.ts';
import { jsonForSchema } from './json/json-for-schema.ts';
import type { KnownAdapter } from './known-adapters.ts';
import { hash32 } from './random.ts';
import { simulatedText, topicsOf } from './text.ts';
import { END_OF_TEXT, type SimulatedToken, tokenize } from './tokenizer.ts';

/** The whole answer, made before its first token is due: what it costs is the scheduler's business. */
export function answerTokens(request: EngineRequest, adapters: readonly KnownAdapter[]): SimulatedToken[] {
  const prompt = request.prompt.map(({ text }) => text).join('');
  const voice = adapters.map(({ ref }) => shortName(ref.id)).join('+') || 'base';
  const format = request.responseFormat;
  if (format && format.type !== 'text') {
    const text = `simulated answer of ${voice} on ${topicsOf(prompt).join(', ')}`;
    const answer = tokenize(jsonForSchema(format.schema ?? { type: 'object' }, text));
    return [...answer, END_OF_TEXT].slice(0, request.maxNewTokens);
  }
  const { natural, sentences } = simulatedText({
    voice,
    adapterHash: adapters.map(({ hash, ref }) => `${hash}*${ref.weight}`).join('+'),
    prompt,
    seed: request.sampling?.seed ?? 0,
    index: request.index,
  });
  const answer: SimulatedToken[] = [];
  let count = 0;
  for (const sentence of sentences) {
    answer.push(...tokenize(sentence));
    if (++count === natural && !request.ignoreEos) answer.push(END_OF_TEXT);
    if (answer.at(-1) === END_OF_TEXT || answer.length >= request.maxNewTokens) break;
  }
  return answer.slice(0, request.maxNewTokens);
}

/** As it goes over the wire, with so many other candidates. */
export function toToken(token: SimulatedToken, alternatives: number): Token {
  const base = { ...token, special: token === END_OF_TEXT, skipped: false };
  if (alternatives === 0) return base;
  const others = Array.from({ length: alternatives }, (_, n) => {
    const [other = END_OF_TEXT] = tokenize(` option${hash32(`${token.text}:${n}`) % 100}`);
    return { ...other, logprob: token.logprob - (n + 1) };
  });
  return { ...base, alternative_tokens: others };
}

/** `company/ceo-adapter` → `ceo-adapter`, `C:\adapters\ceo.gguf` → `ceo.gguf`: readers need no path. */
function shortName(id: string): string {
  return id.split(/[/\\]/).filter(Boolean).at(-1) ?? id;
}
