import { describe, expect, it } from 'vitest';
import { guardNames } from '../../../../runtime/contracts/http.ts';
import { agree, refusals } from '../../../../runtime/inference/cache/guards.ts';
import { signatureOf } from '../../../../runtime/inference/cache/signature.ts';

const objections = (a: string, b: string, mode: 'strict' | 'guarded' = 'guarded') =>
  refusals(signatureOf(a), signatureOf(b), mode).map(({ guard }) => guard);

const cases: [(typeof guardNames)[number], string, string][] = [
  ['numbers', 'What is 1+1 plus 12?', 'What is 1+1 plus 21?'],
  ['numbers', 'Raise it from 5 to 10.', 'Raise it from 10 to 5.'],
  ['numbers', 'Do we need ten people?', 'Do we need two people?'],
  ['numbers', 'Is 1,5 enough?', 'Is 15 enough?'],
  ['dates', 'What are our Q2 goals?', 'What are our Q3 goals?'],
  ['dates', 'Who was hired last year?', 'Who was hired this year?'],
  ['dates', 'What happened in May?', 'What happened in March?'],
  ['units', 'What is it in miles?', 'What is it in kilometers?'],
  ['units', 'Is it 5kg heavy?', 'Is it 5g heavy?'],
  ['identifiers', 'What is INV-2044?', 'What is INV-2440?'],
  ['identifiers', 'What does getUser do?', 'What does getuser do?'],
  ['negation', 'Which tasks are done?', "Which tasks aren't done?"],
  ['negation', 'What is not done but approved?', 'What is done but not approved?'],
  ['negation', 'Show reports with errors.', 'Show reports without errors.'],
  ['antonyms', 'Which cost increased?', 'Which cost decreased?'],
  ['antonyms', 'Is the invoice paid?', 'Is the invoice unpaid?'],
  ['antonyms', 'What does the employer want?', 'What does the employee want?'],
  ['entities', 'Did Apple sue Samsung?', 'Did Samsung sue Apple?'],
  ['entities', 'What does US policy say?', 'What does us policy say?'],
  ['entities', 'Who works in Berlin?', 'Who works in Munich?'],
  ['question', 'Where do we deploy?', 'When do we deploy?'],
  ['question', 'How many users are there?', 'How often are users there?'],
  ['question', 'Is the plan good?', 'Was the plan good?'],
  ['language', 'Was sind unsere Ziele?', 'Was sind unsere Ziele?'],
  ['language', 'Quels sont nos objectifs ?', 'Quels sont nos objectifs ?'],
  ['language', '我们的目标是什么', '我们的目标是什么'],
];

describe('guards', () => {
  it.each(cases)('%s: %j is not %j, whichever comes first', (guard, a, b) => {
    expect(objections(a, b)).toContain(guard);
    expect(objections(b, a)).toContain(guard);
    expect(agree(signatureOf(a), signatureOf(b), 'guarded')).toBe(false);
  });

  it.each([
    ["What's our goal?", 'What are our goals?'],
    ['Could you please summarise the report?', 'Summarize the report.'],
    ['Is it 20 percent?', 'Is it 20%?'],
    ['Do we need ten people?', 'Do we need 10 people?'],
    ['Who owns the two-factor login?', 'Who owns the two factor login?'],
    ['Is $5,000 enough?', 'Is $5000 enough?'],
    ['I would like to know who owns it.', 'Who owns it?'],
  ])('do not object to %j and %j, not even in strict', (a, b) => {
    expect(objections(a, b, 'strict')).toEqual([]);
    expect(agree(signatureOf(a), signatureOf(b), 'strict')).toBe(true);
  });

  it('words: only strict wants the same words in the same order', () => {
    for (const [a, b] of [
      ['Which dog bit the man?', 'Which man bit the dog?'],
      ['How do I boil an egg?', 'How do I fry an egg?'],
      ['Which plan is in class A?', 'Which plan is in class?'],
    ] as const) {
      expect(objections(a, b, 'strict')).toContain('words');
      expect(objections(a, b, 'guarded')).not.toContain('words');
    }
  });

  it('say what differs', () => {
    const [refusal] = refusals(signatureOf('What are our Q2 goals?'), signatureOf('What are our Q3 goals?'), 'guarded');
    expect(refusal).toEqual({ guard: 'dates', detail: '"q2" and "q3"' });
  });

  it('are all there: every name of the contract has a case, but the similarity, which no guard decides', () => {
    const tested = new Set([...cases.map(([guard]) => guard), 'words', 'similarity']);
    expect(guardNames.filter((name) => !tested.has(name))).toEqual([]);
  });
});
