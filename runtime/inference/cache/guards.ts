import type { CacheMode, GuardName } from '../../contracts/http.ts';
import { madeOpposites, type Side } from './antonyms.ts';
import type { Signature } from './signature.ts';

/** Refuses that one prompt is answered with the answer of another: cosine alone takes Q3 for Q2. */
interface Guard {
  name: GuardName;
  /** Only in the mode `strict`. */
  strict?: true;
  agree(a: Signature, b: Signature): boolean;
  /** What differs; called only if they do not agree. */
  detail(a: Signature, b: Signature): string;
}

export interface Refusal {
  guard: GuardName;
  detail: string;
}

type Listed = 'numbers' | 'dates' | 'units' | 'identifiers' | 'negations' | 'heads' | 'wording';

/** Equal lists in equal order: "from 5 to 10" is not "from 10 to 5". */
const same = (name: GuardName, list: Listed): Guard => ({
  name,
  agree: (a, b) => a[list] === b[list],
  detail: (a, b) => `"${a[list]}" and "${b[list]}"`,
});

/** Cheap ones first. */
const guards: readonly Guard[] = [
  { ...same('words', 'wording'), strict: true },
  same('numbers', 'numbers'),
  same('dates', 'dates'),
  same('units', 'units'),
  same('identifiers', 'identifiers'),
  same('negation', 'negations'),
  same('question', 'heads'),
  {
    name: 'language',
    agree: (a, b) => a.english && b.english,
    detail: () => 'the guards read English only',
  },
  {
    name: 'antonyms',
    agree: (a, b) => opposedSide(a, b) === undefined && opposite(a, b) === undefined,
    detail: (a, b) => {
      const side = opposedSide(a, b);
      return side ? `"${side.a}" and "${side.b}"` : `"${opposite(a, b)}" and its opposite`;
    },
  },
  {
    name: 'entities',
    agree: (a, b) => namesIn(a, b) === namesIn(b, a),
    detail: (a, b) => `"${namesIn(a, b)}" and "${namesIn(b, a)}"`,
  },
];

const guardsOf: Record<CacheMode, readonly Guard[]> = {
  strict: guards,
  guarded: guards.filter(({ strict }) => !strict),
  off: [],
};

/** True if no guard of the mode objects. */
export function agree(a: Signature, b: Signature, mode: CacheMode): boolean {
  for (const guard of guardsOf[mode]) if (!guard.agree(a, b)) return false;
  return true;
}

/** Every guard of the mode that objects, with what differs. */
export function refusals(a: Signature, b: Signature, mode: CacheMode): Refusal[] {
  return guardsOf[mode]
    .filter((guard) => !guard.agree(a, b))
    .map((guard) => ({ guard: guard.name, detail: guard.detail(a, b) }));
}

/** The names that either prompt has, in the order of the first: a name that is missing, or another order, shows. */
function namesIn({ words, entities }: Signature, other: Signature): string {
  if (entities.size === 0 && other.entities.size === 0) return '';
  return words.filter((word) => entities.has(word) || other.entities.has(word)).join(' ');
}

/** Words of one matter on which the prompts take other sides, or the same sides in another order. */
function opposedSide(a: Signature, b: Signature): { a: string; b: string } | undefined {
  for (const { matter } of a.sides) {
    const [ofA, ofB] = [sidesIn(a, matter), sidesIn(b, matter)];
    if (ofB.length > 0 && ofA.map(({ side }) => side).join() !== ofB.map(({ side }) => side).join()) {
      return { a: wordsOf(ofA), b: wordsOf(ofB) };
    }
  }
  return undefined;
}

/** Sides taken in a matter, in order; the same one twice in a row is one. */
function sidesIn({ sides }: Signature, matter: number): Side[] {
  return sides.filter((side) => side.matter === matter).filter((side, i, all) => side.side !== all[i - 1]?.side);
}

const wordsOf = (sides: readonly Side[]) => sides.map(({ word }) => word).join(' ');

/** A word of one prompt, missing in the other, which has its opposite instead. */
function opposite(a: Signature, b: Signature): string | undefined {
  const in1not2 = (one: Signature, two: Signature) =>
    one.words.find(
      (word) =>
        !two.wordSet.has(word) && madeOpposites(word).some((made) => two.wordSet.has(made) && !one.wordSet.has(made)),
    );
  return a.wording === b.wording ? undefined : (in1not2(a, b) ?? in1not2(b, a));
}
