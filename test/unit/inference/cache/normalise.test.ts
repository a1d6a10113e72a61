import { describe, expect, it } from 'vitest';
import { normalise } from '../../../../runtime/inference/cache/normalise.ts';

describe('normalise', () => {
  it.each([
    ['What are our Q2 goals?', 'what are our q2 goals'],
    ['What are our Q2 goals?', '  What   are our\nQ2 goals ?! '],
    ['Please list the risks.', 'list the risks'],
    ['Could you please list the risks?', 'could you list the risks'],
    ['Hello there, who leads sales?', 'Who leads sales? Thanks!'],
    ['WHAT IS IT?', 'what is it'],
    ['What’s new?', "what's new"],
  ])('takes %j and %j for one question', (a, b) => {
    expect(normalise(a)).toBe(normalise(b));
  });

  it.each([
    ['What are our Q2 goals?', 'What are our Q3 goals?'],
    ['What is 5²?', 'What is 52?'],
    ['What is 5!?', 'What is 5?'],
    ['What is .5?', 'What is 5?'],
    ['What is -5?', 'What is 5?'],
    ['2 * (3 + 4)', '2 * 3 + 4'],
    ['(a + b) * c', 'a + b * c'],
    ['Is 5 > 3?', 'Is 5 < 3?'],
    ['How do you say please?', 'How do you say thanks?'],
    ['Hello Kitty sales?', 'Kitty sales?'],
    ['Fix: if a:\n  b\nc', 'Fix: if a:\n  b\n  c'],
    ['Is 100 Mb fast?', 'Is 100 MB fast?'],
    ['What does getUser do?', 'What does getuser do?'],
    ['Decode aGVsbG8=', 'Decode AGVSBG8='],
    ['Open ticket AB-12.', 'Open ticket ab-12.'],
    ['Can IT fix it?', 'Can it fix it?'],
    ['Translate "Polish" into German.', 'Translate "polish" into German.'],
    ['What does `a  b` print?', 'What does `a b` print?'],
    ['What is C?', 'What is C#?'],
  ])('keeps %j and %j apart', (a, b) => {
    expect(normalise(a)).not.toBe(normalise(b));
  });

  it.each([' ', '“', '`', '"', '\n ', '.)', 'please '])('takes no longer for 200,000 characters of %j', (piece) => {
    const started = performance.now();
    normalise(`a${piece.repeat(200_000 / piece.length)}b`);
    // In time that grows with the square of the length it would be minutes.
    expect(performance.now() - started).toBeLessThan(8000);
  });

  it('never makes nothing of a prompt', () => {
    expect(normalise('Please?')).not.toBe('');
    expect(normalise('?!')).not.toBe(normalise('...'));
  });
});
