import { describe, expect, it } from 'vitest';
import { simulatedText, type TextInput, topicsOf } from '../../../../../runtime/cloud/lorax/simulated/text.ts';
import { tokenize } from '../../../../../runtime/cloud/lorax/simulated/tokenizer.ts';

const input: TextInput = {
  voice: 'cfo',
  adapterHash: 'hub:cfo',
  prompt: 'Should we lease the Hamburg terminal?',
  seed: 0,
  index: 0,
};

function textOf(change: Partial<TextInput> = {}): string {
  const { natural, sentences } = simulatedText({ ...input, ...change });
  return take(sentences, natural).join('');
}

function take(sentences: Generator<string>, count: number): string[] {
  return Array.from({ length: count }, () => sentences.next().value);
}

describe('simulated text', () => {
  it('reads as sentences about the prompt, in the words of the role', () => {
    const text = textOf();
    expect(text).toMatch(/^\[simulated:cfo\] [A-Z].*\.$/);
    expect(text).not.toMatch(/[{}]/);
    expect(text).toMatch(/Hamburg|terminal|lease/i);
    expect(text).toMatch(/cash flow|gross margin|runway|operating cost|receivables/);
  });

  it('is the same for the same input and another for any other', () => {
    const changes: Partial<TextInput>[] = [
      {},
      { voice: 'ceo' },
      { adapterHash: 'x' },
      { prompt: 'Why?' },
      { seed: 1 },
      { index: 1 },
    ];
    const texts = changes.map((change) => textOf(change));
    expect(new Set(texts).size).toBe(changes.length);
    expect(changes.map((change) => textOf(change))).toEqual(texts);
  });

  it('never ends by itself, for requests that ignore the end', () => {
    expect(take(simulatedText(input).sentences, 500).every((sentence) => sentence.endsWith('.'))).toBe(true);
  });
});

describe('topics', () => {
  it('are uncommon words; names keep their capital, first words of sentences do not', () => {
    expect(topicsOf('<|user|>\nInventory is low. What should Rotterdam order?')).toEqual([
      'inventory',
      'Rotterdam',
      'order',
    ]);
    expect(topicsOf('')).toEqual(['this']);
  });
});

describe('the tokenizer', () => {
  it.each(['Hello, world', '  two  blanks\n\nand lines ', 'Straßenbahnhaltestelle', '東京 🗼 {"a":1}', ''])(
    'loses nothing of %j',
    (text) => {
      expect(
        tokenize(text)
          .map((token) => token.text)
          .join(''),
      ).toBe(text);
    },
  );

  it('gives the same id to the same piece', () => {
    const [first, second, third] = tokenize('the the the');
    expect(second?.id).toBe(third?.id);
    expect(first?.id).not.toBe(second?.id);
  });
});
