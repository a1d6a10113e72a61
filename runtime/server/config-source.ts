import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AosConfig } from '../contracts/config.ts';
import { formatIssue, parseConfig } from '../contracts/config-file.ts';
import type { Clock } from '../core/clock.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { Environment } from './environment.ts';
import { withEnvironment } from './environment-overrides.ts';

export const CONFIG_FILE = 'aos.json';

/** An editor may write a file in several steps. */
const SETTLE_MS = 100;

/**
 * Reads and checks `aos.json` of a folder.
 * @param env what it says wins over aos.json, see {@link withEnvironment}; default nothing
 * @throws AosError AOS_CONFIG_INVALID: where, what is expected, and every further issue in `details.issues`
 */
export async function readConfig(folder: string, env: Environment = {}): Promise<AosConfig> {
  const file = path.join(folder, CONFIG_FILE);
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `There is no ${CONFIG_FILE} in ${folder}. Create one, or name another folder.`,
      { cause },
    );
  });
  const parsed = parseConfig(text);
  if (parsed.ok) return withEnvironment(parsed.config, env);
  const [first, ...rest] = parsed.issues;
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
  throw new AosError('AOS_CONFIG_INVALID', `${formatIssue(first!)}${more}`, {
    details: { file, issues: parsed.issues },
  });
}

/** The configuration in force: the last good one. A broken file on disk changes nothing but `error`. */
export class ConfigSource {
  readonly #folder: string;
  readonly #env: Environment;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #changed = new Emitter<AosConfig>();
  readonly #started: AosConfig;
  #current: AosConfig;
  #error: string | null = null;
  #watcher: { close(): void } | undefined;
  #timer: Disposable | undefined;

  readonly onChanged = this.#changed.event;

  constructor(options: { folder: string; env?: Environment; config: AosConfig; clock: Clock; logger: Logger }) {
    this.#folder = options.folder;
    this.#env = options.env ?? {};
    this.#started = options.config;
    this.#current = options.config;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  get current(): AosConfig {
    return this.#current;
  }

  /** What is wrong with the file on disk, or null. */
  get error(): string | null {
    return this.#error;
  }

  watch(): void {
    // The folder, not the file: many editors replace the file, and a watch on it would stay with the old one.
    this.#watcher = watch(this.#folder, { persistent: false }, (_event, name) => {
      if (name !== null && name !== CONFIG_FILE) return;
      this.#timer?.[Symbol.dispose]();
      this.#timer = this.#clock.setTimeout(() => void this.reload(), SETTLE_MS);
    });
  }

  async reload(): Promise<void> {
    try {
      const config = await readConfig(this.#folder, this.#env);
      this.#error = this.#needsRestart(config);
      this.#current = { ...config, ...this.#fixed(config) };
      this.#logger.info('aos.json was read again', {
        agents: config.agents.length,
        needs_restart: this.#error !== null,
      });
      this.#changed.fire(this.#current);
    } catch (error) {
      this.#error = messageOf(error);
      this.#logger.error(`${this.#error}. The last good configuration stays in force.`);
    }
  }

  dispose(): void {
    this.#watcher?.close();
    this.#timer?.[Symbol.dispose]();
    this.#changed.dispose();
  }

  /** What cannot change while the runtime runs keeps the value it was started with. */
  #fixed(config: AosConfig): Partial<AosConfig> {
    const { model, connections, runtime } = this.#started;
    return { model, connections, runtime: { ...runtime, deadlines: config.runtime.deadlines } };
  }

  #needsRestart(config: AosConfig): string | null {
    const fixed = this.#fixed(config);
    const differs = (['model', 'connections', 'runtime'] as const).filter(
      (key) => JSON.stringify(fixed[key]) !== JSON.stringify(config[key]),
    );
    return differs.length === 0 ? null : `aos.json changed ${differs.join(' and ')}: restart the runtime to apply it.`;
  }
}
