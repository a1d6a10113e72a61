import { type Random, seededRandom } from '../../../core/random.ts';
import { closings, commonWords, generalMetrics, metricsOfRoles, openings, sentences, slots } from './lexicon.ts';
import { between, hash32, pick } from './random.ts';

export interface TextInput {
  /** Adapter name(s), or `base`. */
  voice: string;
  /** Changes when the adapter's files change. */
  adapterHash: string;
  prompt: string;
  seed: number;
  index: number;
}

/**
 * An endless answer in sentences, a function of its input alone. It opens with `[simulated:<voice>]` so that nobody
 * takes it for a model's. `natural` sentences make a complete answer; what follows is for requests that ignore the end.
 */
export function simulatedText(input: TextInput): { natural: number; sentences: Generator<string> } {
  const random = seededRandom(hash32(JSON.stringify(Object.entries(input).sort())));
  const natural = between(random, 3, 6);
  return { natural, sentences: generateSentences(input, natural, random) };
}

function* generateSentences(input: TextInput, natural: number, random: Random): Generator<string> {
  const topics = topicsOf(input.prompt);
  const metrics = metricsOf(input.voice);
  const fill = (template: string) => fillSlots(template, topics, metrics, random);
  yield `[simulated:${input.voice}] ${fill(pick(random, openings))}`;
  let previous = '';
  for (let n = 1; ; n++) {
    let template = pick(random, n === natural - 1 ? closings : sentences);
    // The same sentence twice in a row reads like a broken model.
    while (template === previous) template = pick(random, sentences);
    previous = template;
    yield ` ${fill(template)}`;
  }
}

/** The longest uncommon words of the prompt's end, in the prompt's order: what the answer pretends to be about. */
export function topicsOf(prompt: string): readonly [string, ...string[]] {
  // A capital in the middle of a sentence is a name's; the one at its beginning is not.
  const lowered = prompt.replaceAll(/(?<![\p{L},;] )\p{Lu}(?=\p{Ll})/gu, (letter) => letter.toLowerCase());
  const words = lowered.match(/\p{L}{4,20}/gu) ?? [];
  const uncommon = [...new Set(words.slice(-80).filter((word) => !commonWords.has(word.toLowerCase())))];
  const longest = new Set([...uncommon].sort((a, b) => b.length - a.length).slice(0, 4));
  const [first = 'this', ...rest] = uncommon.filter((word) => longest.has(word));
  return [first, ...rest];
}

function metricsOf(voice: string): readonly [string, ...string[]] {
  const name = voice.toLowerCase();
  const role = Object.keys(metricsOfRoles).find((word) => name.includes(word));
  return (role && metricsOfRoles[role]) || generalMetrics;
}

function fillSlots(
  template: string,
  topics: readonly [string, ...string[]],
  metrics: readonly [string, ...string[]],
  random: Random,
): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, slot: string) => {
    const name = slot.toLowerCase();
    const word = wordFor(name, topics, metrics, random);
    return slot === name ? word : word.charAt(0).toUpperCase() + word.slice(1);
  });
}

function wordFor(
  slot: string,
  topics: readonly [string, ...string[]],
  metrics: readonly [string, ...string[]],
  random: Random,
): string {
  if (slot === 'topic') return pick(random, topics);
  if (slot === 'metric') return pick(random, metrics);
  if (slot === 'weeks') return String(between(random, 2, 9));
  if (slot === 'percent') return String(between(random, 3, 24));
  return pick(random, slots[slot] ?? [slot]);
}
