import type { Clock } from '../../core/clock.ts';
import type { LokiDatabase } from './azurite-servers.ts';

const MIN_INTERVAL_MS = 200;
/** At most a tenth of the time goes into saving: what takes 150 ms to save is saved every 1.5 s. */
const REST_PER_SAVE = 10;

/**
 * Saves Azurite's databases soon after they change. LokiJS holds them in memory and writes a database as a whole (to a
 * second file that is then renamed, so a crash leaves the old one or the new one). Azurite does that every 5 s; here it
 * happens 200 ms after the last save, or later the longer a save takes.
 *
 * What can be lost: after a clean stop nothing. When the process is killed, what was acknowledged since the last save:
 * up to 200 ms plus one save while a save takes no more than 20 ms (about 1 MB), else up to eleven times the duration of
 * a save (10 MB of tables took up to 0.18 s on 2 cores, so 2 s).
 * When the machine loses power, also what the operating system had not written to the disk.
 */
export class DatabaseSaver {
  readonly #databases: readonly LokiDatabase[];
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** Their last save failed: LokiJS holds them for saved. */
  readonly #failed = new Set<LokiDatabase>();
  #timer: Disposable | undefined;
  #saving: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(databases: readonly LokiDatabase[], options: { clock: Clock; onError: (error: unknown) => void }) {
    this.#databases = databases;
    this.#clock = options.clock;
    this.#onError = options.onError;
  }

  start(): void {
    for (const database of this.#databases) database.autosaveDisable();
    this.#schedule(MIN_INTERVAL_MS);
  }

  /** Saves what is unsaved, then stops. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    await this.#saving;
    await this.#saveAll();
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => {
      const startMs = this.#clock.monotonic();
      this.#saving = this.#saveAll().then(() => {
        const tookMs = this.#clock.monotonic() - startMs;
        if (!this.#stopped) this.#schedule(Math.max(MIN_INTERVAL_MS, tookMs * REST_PER_SAVE));
      });
    }, delayMs);
  }

  async #saveAll(): Promise<void> {
    for (const database of this.#databases) {
      if (!database.autosaveDirty() && !this.#failed.has(database)) continue;
      try {
        await save(database);
        this.#failed.delete(database);
      } catch (error) {
        this.#failed.add(database);
        this.#onError(error);
      }
    }
  }
}

function save(database: LokiDatabase): Promise<void> {
  return new Promise((resolve, reject) => {
    database.saveDatabase((error) => (error ? reject(error) : resolve()));
  });
}
