import { describe, expect, it } from 'vitest';
import { cosine } from '../../../../runtime/inference/cache/embedder.ts';
import { VectorIndex } from '../../../../runtime/inference/cache/vector-index.ts';
import { seeded } from './support.ts';

const random = seeded(7);
const vector = (dimensions: number) => Float32Array.from({ length: dimensions }, () => random() - 0.5);

function cosines(index: VectorIndex, query: Float32Array): number[] {
  const found: number[] = Array(index.size).fill(Number.NaN);
  index.search(query, -1.1, (row, score) => {
    found[row] = score;
    return -1.1;
  });
  return found;
}

function expectExact(index: VectorIndex, rows: readonly Float32Array[], query: Float32Array): void {
  const found = cosines(index, query);
  expect(found).toHaveLength(rows.length);
  const errors = rows.map((row, i) => Math.abs((found[i] as number) - cosine(query, row)));
  expect(Math.max(...errors)).toBeLessThan(0.0008);
}

describe('VectorIndex', () => {
  it.each([512, 384, 100, 3])('gives every row its cosine, %i dimensions, beyond the first capacity', (dimensions) => {
    const index = new VectorIndex(dimensions);
    const rows = Array.from({ length: 300 }, () => vector(dimensions));
    expect(rows.map((row) => index.add(row))).toEqual(rows.map((_, i) => i));
    expectExact(index, rows, vector(dimensions));
  });

  it('visits only what is at least as similar as the visitor wants by then', () => {
    const index = new VectorIndex(64);
    const rows = Array.from({ length: 200 }, () => vector(64));
    for (const row of rows) index.add(row);
    const query = rows[150] as Float32Array;
    const visited: number[] = [];
    index.search(query, 0, (row, score) => {
      visited.push(row);
      return score;
    });
    expect(visited.at(-1)).toBe(150);
    expect(visited.length).toBeLessThan(20);
  });

  it('stays exact through thousands of additions and removals, as a list that is searched naively', () => {
    const index = new VectorIndex(32);
    const model: Float32Array[] = [];
    for (let step = 0; step < 4000; step++) {
      if (model.length > 0 && random() < 0.45) {
        const row = Math.floor(random() * model.length);
        index.remove(row);
        const last = model.pop() as Float32Array;
        if (row < model.length) model[row] = last;
      } else {
        const added = vector(32);
        expect(index.add(added)).toBe(model.length);
        model.push(added);
      }
    }
    expect(index.size).toBe(model.length);
    expectExact(index, model, vector(32));
  });

  it('knows no overflow: equal vectors, opposite ones, one-hot ones', () => {
    const index = new VectorIndex(512);
    const one = new Float32Array(512);
    one[5] = 1000;
    index.add(one);
    index.add(one.map((x) => -x));
    index.add(new Float32Array(512).fill(1));
    index.add(new Float32Array(512));
    const [same, opposite, other, zero] = cosines(index, one);
    expect(same).toBeCloseTo(1, 4);
    expect(opposite).toBeCloseTo(-1, 4);
    expect(other).toBeCloseTo(1 / Math.sqrt(512), 3);
    expect(zero).toBe(0);
    expect(cosines(index, new Float32Array(512).fill(-1))[2]).toBeCloseTo(-1, 3);
  });

  it('finds nothing in nothing', () => {
    expect(cosines(new VectorIndex(16), vector(16))).toEqual([]);
  });
});
