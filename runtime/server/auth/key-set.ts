import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { AosError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';

export interface KeySetOptions {
  /** Address of a JWK set. */
  url: string;
  clock: Clock;
  logger: Logger;
}

/** Keys older than this are fetched again behind the requests, so that a withdrawn key is forgotten. */
const REFRESH_MS = 60 * 60_000;
/** An unknown key may be a new one; but whoever sends nonsense does not make us ask more often than this. */
const UNKNOWN_PAUSE_MS = 30_000;
/** Pause between two tries while there is no key at all. */
const NO_KEYS_PAUSE_MS = 2000;
const FETCH_TIMEOUT_MS = 5000;
/** Entra ID's set has about 20 kB. */
const MAX_BYTES = 1024 * 1024;

/**
 * The public keys of an issuer, cached. They may be rotated while we run: a key that is not known is asked for, at most
 * every 30 s. While the issuer cannot be reached, the keys known last go on.
 */
export class KeySet {
  readonly #options: KeySetOptions;
  #keys: JWTVerifyGetKey | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  #failing = false;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /** Whether there are keys to check a token with. Asks for them if not, as often as is allowed. */
  async available(): Promise<boolean> {
    if (!this.#keys) await this.#refresh();
    return this.#keys !== undefined;
  }

  /**
   * The key that a token names.
   * @throws errors.JWKSNoMatchingKey; AosError AOS_IDENTITY while no key is known at all
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (!(await this.available()) || !this.#keys) throw noKeys();
    if (this.#options.clock.monotonic() - this.#fetchedAt > REFRESH_MS) void this.#refresh();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refresh();
      return this.#keys(header, token);
    }
  };

  /** Never throws; does nothing if the last try was a moment ago. */
  #refresh(): Promise<void> {
    const now = this.#options.clock.monotonic();
    if (!this.#fetching && now - this.#triedAt < (this.#keys ? UNKNOWN_PAUSE_MS : NO_KEYS_PAUSE_MS)) {
      return Promise.resolve();
    }
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { url, clock, logger } = this.#options;
    this.#triedAt = clock.monotonic();
    try {
      this.#keys = createLocalJWKSet(await load(url));
      this.#fetchedAt = clock.monotonic();
      if (this.#failing) logger.info('the signing keys are fetched again', { url });
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        logger.warn(
          this.#keys
            ? 'the signing keys cannot be fetched; those known last go on'
            : 'the signing keys cannot be fetched, so that no access token can be checked; tried again',
          { url, error },
        );
      }
      this.#failing = true;
    }
  }
}

async function load(url: string): Promise<JSONWebKeySet> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  const text = await answer.text();
  if (text.length > MAX_BYTES) throw new Error('it answered more than 1 MiB');
  const set = JSON.parse(text) as JSONWebKeySet;
  if (!Array.isArray(set.keys) || set.keys.length === 0) throw new Error('it answered no keys');
  return set;
}

const noKeys = () =>
  new AosError(
    'AOS_IDENTITY',
    'The access token cannot be checked now: the signing keys of Microsoft Entra ID are not known yet. Try again in a moment.',
    { details: { retry_after_ms: NO_KEYS_PAUSE_MS } },
  );
