import type { BenchmarkPanelContract, NoTraces } from '../../runtime/contracts/benchmark-panel.ts';
import { t } from '../l10n.ts';
import type { RpcClient } from '../rpc/client.ts';
import type { Screen } from './benchmark-model.ts';

/** Whether the traces of the result that is shown can be shown too; asked once for each. */
export class TraceReasons {
  readonly #rpc: RpcClient<BenchmarkPanelContract>;
  readonly #changed: () => void;
  #asked = '';
  #reasons: NoTraces = unknown();

  constructor(rpc: RpcClient<BenchmarkPanelContract>, changed: () => void) {
    this.#rpc = rpc;
    this.#changed = changed;
  }

  /** Of the screen of the last `look`. */
  get reasons(): NoTraces {
    return this.#reasons;
  }

  /** @param answers whether the runtime that keeps the traces does */
  look(screen: Screen, answers: boolean): void {
    const shown = screen.kind === 'result' && { id: screen.result.id, scenario: screen.measurement.scenario };
    const asked = JSON.stringify([shown, answers]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#reasons = answers ? unknown() : both(t('The runtime keeps the traces: start it first.'));
    if (!shown || !answers) return;
    void this.#rpc
      .request('traces', shown)
      .catch((error: unknown) => both(error instanceof Error ? error.message : String(error)))
      .then((reasons) => {
        if (asked !== this.#asked) return;
        this.#reasons = reasons;
        this.#changed();
      });
  }
}

const both = (reason: string): NoTraces => ({ slow: reason, errors: reason });
const unknown = () => both(t('Looking for the traces'));
