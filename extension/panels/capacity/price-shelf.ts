import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { bookFor } from '../../../runtime/capacity/price-book.ts';
import { type RefreshedPrices, type RefreshOptions, refreshPrices } from '../../../runtime/capacity/refresh-prices.ts';
import { shippedPrices } from '../../../runtime/capacity/shipped-prices.ts';
import { type PriceBook, priceBookSchema } from '../../../runtime/contracts/prices.ts';
import { replaceFile } from '../../replace-file.ts';

const DAY_MS = 86_400_000;
const FILE = /^prices-([a-z0-9]+)\.json$/;

export interface PriceShelfOptions {
  /** Folder of the dated copies. */
  folder: string;
  /** Address of the price list; undefined: Azure's own. */
  url(): string | undefined;
  fetch?: RefreshOptions['fetch'];
  now?: () => Date;
  /** Something about a region's prices is different: they are being asked for, or new. */
  onChange(): void;
  onError(message: string, error: unknown): void;
}

/** The price books in force, one a region: a dated copy of what Azure answered last, or else the shipped one. */
export class PriceShelf {
  readonly #options: PriceShelfOptions;
  readonly #books = new Map<string, PriceBook>();
  readonly #refreshing = new Set<string>();

  constructor(options: PriceShelfOptions) {
    this.#options = options;
  }

  /** Reads the copies. One that cannot be used is left where it is: the next refresh of its region replaces it. */
  async load(): Promise<void> {
    const { folder, onError } = this.#options;
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') onError('The kept prices could not be listed.', error);
      return [];
    });
    for (const name of names.filter((one) => FILE.test(one))) {
      try {
        const book = priceBookSchema.parse(JSON.parse(await readFile(path.join(folder, name), 'utf8')));
        this.#books.set(book.region, book);
      } catch (error) {
        onError(`The prices in ${name} could not be read; those that ship are in force.`, error);
      }
    }
  }

  bookOf(region: string): PriceBook {
    return this.#books.get(region) ?? bookFor(region, shippedPrices);
  }

  isRefreshing(region: string): boolean {
    return this.#refreshing.has(region);
  }

  /** Whole days since the prices of a region were asked; null: they never were. */
  ageInDays(region: string): number | null {
    const { as_of } = this.bookOf(region);
    return as_of === null ? null : Math.floor((this.#now().getTime() - Date.parse(as_of)) / DAY_MS);
  }

  /**
   * Asks for the prices of a region and keeps them. After a failure the old ones stay in force.
   * @throws AosError AOS_PRICES; the abort reason
   */
  async refresh(region: string, signal: AbortSignal): Promise<RefreshedPrices> {
    const { folder, url, fetch = globalThis.fetch, onChange } = this.#options;
    const address = url();
    this.#refreshing.add(region);
    onChange();
    try {
      const refreshed = await refreshPrices({
        ...{ fetch, signal, book: this.bookOf(region), now: this.#now() },
        ...(address ? { url: address } : {}),
      });
      await replaceFile(
        path.join(folder, `prices-${region}.json`),
        `${JSON.stringify(refreshed.book, undefined, 2)}\n`,
      );
      this.#books.set(region, refreshed.book);
      return refreshed;
    } finally {
      this.#refreshing.delete(region);
      onChange();
    }
  }

  #now(): Date {
    return (this.#options.now ?? (() => new Date()))();
  }
}
