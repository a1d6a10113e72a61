/** Makes vectors of texts, such that similar texts have similar directions. */
export interface Embedder {
  /** Names everything the vectors depend on: they are compared only with those of the same id. */
  readonly id: string;
  readonly dimensions: number;
  /**
   * @returns a vector of `dimensions` components for each text, of any length
   * @throws what the source of the vectors throws; the signal's reason
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}

/** @returns the cosine of the angle between two vectors, -1 to 1; 0 if one of them is zero */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return squaresA === 0 || squaresB === 0 ? 0 : dot / Math.sqrt(squaresA * squaresB);
}
