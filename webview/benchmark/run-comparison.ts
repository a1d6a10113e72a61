import type { BenchmarkPanelContract } from '../../runtime/contracts/benchmark-panel.ts';
import type { ResultSummary } from '../../runtime/contracts/results.ts';
import type { RpcClient } from '../rpc/client.ts';
import type { Compared } from './comparison.ts';
import { pairOf } from './history-facts.ts';

/** Two runs of the history beside each other: the host compares them. */
export class RunComparison {
  readonly #rpc: RpcClient<BenchmarkPanelContract>;
  readonly #changed: () => void;
  #asked = '';
  #swapped = false;
  #compared: Compared | string | null = null;

  constructor(rpc: RpcClient<BenchmarkPanelContract>, changed: () => void) {
    this.#rpc = rpc;
    this.#changed = changed;
  }

  /** Null: not two runs are chosen; a text: why they cannot be compared. */
  get compared(): Compared | string | null {
    return this.#compared;
  }

  /** B takes the place of A. */
  swap(chosen: readonly string[], runs: readonly ResultSummary[]): Promise<void> {
    this.#swapped = !this.#swapped;
    return this.update(chosen, runs);
  }

  /** Another choice: the earlier run is A. */
  choose(chosen: readonly string[], runs: readonly ResultSummary[]): Promise<void> {
    this.#swapped = false;
    return this.update(chosen, runs);
  }

  /** Asks for what is chosen if that is not known; whoever chooses others meanwhile gets those. */
  async update(chosen: readonly string[], runs: readonly ResultSummary[]): Promise<void> {
    const pair = pairOf(chosen, runs);
    const [a, b] = pair && this.#swapped ? [pair[1], pair[0]] : (pair ?? []);
    const asked = a && b ? JSON.stringify([a.id, b.id]) : '';
    const failed = typeof this.#compared === 'string';
    if (asked === this.#asked && !failed) return;
    this.#asked = asked;
    if (!a || !b) this.#compared = null;
    else {
      const answer = await this.#rpc.request('compare', { before: a.id, after: b.id }).then(
        (answered) => ({ ...answered, numbers: { a: a.number, b: b.number } }),
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (asked !== this.#asked) return;
      this.#compared = answer;
    }
    this.#changed();
  }
}
