import { describe, expect, it } from 'vitest';
import { cosine } from '../../../../runtime/inference/cache/embedder.ts';
import { lexicalEmbedder } from '../../../../runtime/inference/cache/lexical-embedder.ts';

async function similarity(a: string, b: string): Promise<number> {
  const [x, y] = await lexicalEmbedder.embed([a, b]);
  return cosine(x!, y!);
}

describe('lexicalEmbedder', () => {
  it('makes the same vector of the same text, of the size that it says', async () => {
    const [a, b] = await lexicalEmbedder.embed(['What are our Q2 goals?', 'What are our Q2 goals?']);
    expect(a).toHaveLength(lexicalEmbedder.dimensions);
    expect(a).toEqual(b);
  });

  it('does not change under the same id: the calibration was made for these vectors', async () => {
    const scores = [
      await similarity('What are our Q2 goals?', 'What are our Q3 goals?'),
      await similarity('How do I reset my password?', 'How can I reset my password?'),
      await similarity('Who leads the design team?', 'Where is the nearest bakery?'),
    ];
    expect(lexicalEmbedder.id).toBe('lexical-512-v1');
    expect(scores.map((score) => score.toFixed(3))).toEqual(['0.615', '0.928', '-0.032']);
  });

  it('sees no difference in case and punctuation, and one in every word', async () => {
    expect(await similarity('What are our Q2 goals?', 'what are our q2 goals')).toBeCloseTo(1, 5);
    expect(await similarity('What are our Q2 goals?', 'What are our Q2 plans?')).toBeLessThan(0.9);
  });

  it('puts paraphrases nearer than other questions', async () => {
    const near = await similarity('How do we reduce the churn of customers?', 'How could we reduce customer churn?');
    const far = await similarity(
      'How do we reduce the churn of customers?',
      'How do we increase the pay of engineers?',
    );
    expect(near).toBeGreaterThan(far + 0.1);
  });

  it('makes a zero vector of a text without words', async () => {
    const [vector] = await lexicalEmbedder.embed(['?!']);
    expect(vector?.every((component) => component === 0)).toBe(true);
  });
});
