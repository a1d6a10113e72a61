import { BusFault } from '../entity/fault.ts';
import { type Claim, covers, pathOf } from './sas.ts';

/** What one connection has proven by put-token. */
export class Claims {
  readonly #expiryByPath = new Map<string, number>();

  add({ path, expiresAtMs }: Claim): void {
    this.#expiryByPath.set(path, expiresAtMs);
  }

  /** @throws BusFault unauthorized, unless a claim that is still valid covers the address */
  check(address: string, nowMs: number): void {
    const path = pathOf(address);
    for (const [claimed, expiresAtMs] of this.#expiryByPath) {
      if (expiresAtMs > nowMs && covers(claimed, path)) return;
    }
    throw new BusFault(
      'unauthorized',
      `Unauthorized access. A claim for '${address}' is required: put a token for it to $cbs first.`,
    );
  }
}
