import { describe, expect, it } from 'vitest';
import { hashedEmbedding } from '../../../../../runtime/cloud/lorax/simulated/embedding.ts';

const cosine = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

describe('a hashed embedding', () => {
  it('has unit length, also without words', () => {
    for (const text of ['What are our goals?', 'a', '', '?!']) {
      expect(Math.hypot(...hashedEmbedding(text, 'base'))).toBeCloseTo(1, 9);
    }
  });

  it('is near for texts that share words, far for others, and the same for the same words in other letters', () => {
    const goals = hashedEmbedding('What are our goals for the second quarter?', 'base');
    const near = cosine(goals, hashedEmbedding('Tell me our goals for the quarter', 'base'));
    const far = cosine(goals, hashedEmbedding('Kubernetes pods restart nightly', 'base'));
    expect(near).toBeGreaterThan(0.5);
    expect(Math.abs(far)).toBeLessThan(0.25);
    expect(cosine(goals, hashedEmbedding('what are OUR goals, for the second quarter', 'base'))).toBeCloseTo(1, 9);
  });

  it('of another adapter has nothing in common', () => {
    const text = 'What are our goals for the second quarter?';
    expect(Math.abs(cosine(hashedEmbedding(text, 'ceo'), hashedEmbedding(text, 'cfo')))).toBeLessThan(0.3);
  });
});
