import { stem } from './text.ts';

/** Sides of one matter, set off by slashes; a side may have several words. A word may take part in several matters. */
const OPPOSITES = `
increase grow rise raise up gain expand / decrease decline fall drop reduce down lose shrink cut
buy purchase acquire / sell divest
hire recruit onboard / fire dismiss terminate offboard
open reopen / close shut
start begin launch / stop end finish
continue resume / pause suspend
high highest higher maximum max top peak upper most more / low lowest lower minimum min bottom least less fewer fewest
best better strongest strength strong / worst worse weakest weakness weak
before prior earlier early / after following later late
above over exceed / below under beneath
include with / exclude without
allow permit grant / deny forbid prohibit refuse revoke block
enable activate / disable deactivate
add insert append / remove delete drop subtract
accept approve confirm / reject decline disapprove
win victory / loss defeat
profit / deficit loss
from / to
on / off
income revenue earning sales / expense cost spending
import / export
inbound incoming inflow arrival arrive / outbound outgoing outflow departure depart leave
internal inside indoor in / external outside outdoor out
public / private
new newest latest recent modern / old oldest outdated
first initial / last final
fast quick rapid / slow
cheap cheapest inexpensive / expensive costly
large largest big biggest / small smallest little
long longest / short shortest
hot warm / cold cool
man male men / woman female women
left / right
north northern / south southern
east eastern / west western
upload / download
encrypt / decrypt
encode / decode
compress / decompress
push / pull
read / write
send outbox / receive inbox
borrow borrower / lend lender
buyer customer client / seller supplier vendor server
creditor / debtor
credit / debit
asset / liability
supply / demand
input / output
ascending / descending
parent / child
teacher / student
doctor / patient
landlord / tenant
host / guest
mentor / mentee
manager boss supervisor / subordinate
advantage benefit pro upside / disadvantage drawback con downside
positive / negative
success succeed pass / failure fail
true correct / false wrong
day / night
morning / evening
safe safest secure / dangerous risky
easy simple / hard difficult complex
rich / poor
young / old
light / dark heavy
full / empty
present / absent
attack / defend defence defense
love like / hate dislike
support for / oppose against
connect join attach / disconnect detach
lock / unlock
install / uninstall
merge / split
deposit / withdraw withdrawal
promote promotion / demote demotion
hardware / software
frontend / backend
online / offline
domestic / foreign
gross / net
fixed / variable
optimistic / pessimistic
temporary / permanent
mandatory required / optional
same similar similarity / different difference
cause / effect
question / answer
problem / solution
majority / minority
wholesale / retail
lead leading / lag lagging
opportunity / threat
improve / worsen
`;

export interface Side {
  /** Line of the table. */
  matter: number;
  side: number;
  /** The stem that takes it. */
  word: string;
}

/** The side that a stem takes in each matter it belongs to. */
export const sidesOf: ReadonlyMap<string, readonly Side[]> = readTable();

function readTable(): Map<string, Side[]> {
  const sides = new Map<string, Side[]>();
  for (const [matter, line] of OPPOSITES.trim().split('\n').entries()) {
    for (const [side, text] of line.split('/').entries()) {
      for (const word of new Set(text.trim().split(/\s+/).map(stem))) {
        sides.set(word, [...(sides.get(word) ?? []), { matter, side, word }]);
      }
    }
  }
  return sides;
}

/** Beginnings that turn a word into its opposite. */
const PREFIXES = ['un', 'in', 'im', 'il', 'ir', 'dis', 'non', 'de', 'mis', 'anti', 'counter', 'under', 'over', 'sub'];
/** Endings of which the one says the opposite of the other, or names the other party. */
const ENDINGS = [
  ['ful', 'less'],
  ['er', 'ee'],
  ['or', 'ee'],
] as const;

/** @returns the opposites of a word that are made of it: "paid" → "unpaid", "employer" → "employee" */
export function madeOpposites(word: string): string[] {
  const opposites = PREFIXES.map((prefix) => prefix + word);
  for (const [a, b] of ENDINGS) {
    if (word.endsWith(a)) opposites.push(word.slice(0, -a.length) + b);
    if (word.endsWith(b)) opposites.push(word.slice(0, -b.length) + a);
  }
  return opposites;
}
