/** Samples of one measurement, in ms. */
export function quantile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

export const median = (samples: readonly number[]) => quantile(samples, 0.5);

export const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
export const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;

/** One line of the report: a figure of ours, and its peer of the same run. */
export interface Figure {
  name: string;
  ours: string;
  /** What it is held against, measured in the same rounds. */
  peer?: string;
  /** ours : peer */
  ratio?: number;
}

export function report(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`);
  const width = Math.max(...figures.map((figure) => figure.name.length));
  for (const { name, ours, peer, ratio } of figures) {
    const beside =
      peer === undefined ? '' : `   peer: ${peer}${ratio === undefined ? '' : `   ratio ${ratio.toFixed(2)}`}`;
    console.log(`  ${name.padEnd(width)}  ${ours}${beside}`);
  }
}

/**
 * Runs the contenders in turn, round after round, so that a busy moment of the machine hits all of them.
 * @returns per contender the samples of each round
 */
export async function interleave<Name extends string>(
  rounds: number,
  contenders: Record<Name, () => Promise<number[]>>,
): Promise<Record<Name, number[][]>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[][]])) as Record<Name, number[][]>;
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) samples[name].push(await contenders[name]());
  }
  return samples;
}

/** The median over the rounds of a quantile within each round. */
export const medianQuantile = (rounds: readonly number[][], p: number) =>
  median(rounds.map((samples) => quantile(samples, p)));

/** Runs `run` `count` times, one after the other, and gives the time of each. */
export async function timed(count: number, run: (i: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await run(i);
    samples.push(performance.now() - start);
  }
  return samples;
}
