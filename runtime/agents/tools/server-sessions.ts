import type { McpServerConfig } from '../../contracts/tools.ts';
import { formatDuration } from '../../contracts/units.ts';
import { type Clock, sleep } from '../../core/clock.ts';
import { AosError, isAosError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { openSession, type Session } from './session.ts';

export interface ServerOptions {
  name: string;
  config: McpServerConfig;
  /** Folder of aos.json. */
  folder: string;
  /** The secret behind a reference; `path` says where in aos.json it stands. @throws AosError if it is not set */
  resolveSecret: (path: string, reference: string) => string;
  clock: Clock;
  logger: Logger;
}

/** A session, and the calls that still run in it. */
export interface Lease {
  readonly session: Session;
  calls: number;
  /** Takes no new calls, and is closed with its last one. */
  retired: boolean;
}

/** A pause before a restart that a call waits for; longer ones are refused, so that events do not queue up behind them. */
const PATIENCE_MS = 2000;
const PING_WITHIN_MS = 2000;

/** The session with one server: opened when it is first needed, and again, after a pause that grows, when it was lost. */
export class ServerSessions {
  readonly #options: ServerOptions;
  readonly #backoff: RestartBackoff;
  readonly #disposing = new AbortController();
  readonly #open = new Set<Lease>();
  #starting: Promise<Lease> | undefined;
  #current: Lease | undefined;
  #disposed: Promise<void> | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#backoff = new RestartBackoff(options.clock);
  }

  /** Aborts, with AOS_DISPOSED, as soon as `dispose` is called. */
  get disposing(): AbortSignal {
    return this.#disposing.signal;
  }

  /**
   * The session for one call; `release` it.
   * @throws AosError AOS_TOOL_FAILED if the server does not start, AOS_DISPOSED; the signal's reason
   */
  async take(signal?: AbortSignal): Promise<Lease> {
    this.#disposing.signal.throwIfAborted();
    if (!this.#current) {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = undefined;
      });
      await unlessAborted(this.#starting, signal);
      return this.take(signal);
    }
    this.#current.calls++;
    return this.#current;
  }

  release(lease: Lease): void {
    lease.calls--;
    if (lease.retired && lease.calls === 0) void this.#close(lease);
  }

  /** The server has answered: it works. */
  worked(): void {
    this.#backoff.worked();
  }

  /** The server failed in a way that makes the session doubtful: the next call gets another one. */
  failed(lease: Lease): void {
    this.#backoff.failed();
    this.retire(lease);
  }

  retire(lease: Lease): void {
    lease.retired = true;
    if (this.#current === lease) this.#current = undefined;
  }

  /** A call was given up: is it the call that hangs, or the server? */
  async check(lease: Lease): Promise<void> {
    const { config, logger } = this.#options;
    // The HTTP request of a call that was given up stays open as long as its session.
    if (config.type === 'http') return this.retire(lease);
    try {
      await lease.session.client.ping({ timeout: PING_WITHIN_MS });
    } catch (error) {
      if (!this.#open.has(lease)) return;
      logger.warn('the MCP server hangs and is ended', { error: lease.session.explain(error) });
      this.#backoff.failed();
      await this.#close(lease);
    }
  }

  /** Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#end();
    return this.#disposed;
  }

  async #start(): Promise<Lease> {
    const { name, config, folder, resolveSecret, logger } = this.#options;
    await this.#pause();
    const part = config.type === 'stdio' ? 'env' : 'headers';
    const secretOf = (key: string, reference: string) => resolveSecret(`mcp_servers.${name}.${part}.${key}`, reference);
    try {
      const session = await openSession({ config, folder, secretOf, logger, signal: this.#disposing.signal });
      if (session.ended.aborted || this.#disposing.signal.aborted) {
        await session.close();
        throw new Error(session.explain(session.ended.reason));
      }
      const lease = { session, calls: 0, retired: false };
      this.#open.add(lease);
      this.#current = lease;
      session.ended.addEventListener('abort', () => this.#lost(lease), { once: true });
      logger.info('the MCP server is ready');
      return lease;
    } catch (error) {
      this.#disposing.signal.throwIfAborted();
      this.#backoff.failed();
      if (isAosError(error)) throw error;
      throw new AosError(
        'AOS_TOOL_FAILED',
        `The MCP server ${name} could not be started: ${messageOf(error)}. Check mcp_servers.${name} of aos.json.`,
      );
    }
  }

  async #pause(): Promise<void> {
    const { name, clock } = this.#options;
    const pauseMs = this.#backoff.remainingMs();
    if (pauseMs > PATIENCE_MS) {
      throw new AosError(
        'AOS_TOOL_FAILED',
        `The MCP server ${name} has failed ${this.#backoff.failures} times in a row; it is tried again in ${formatDuration(pauseMs)}.`,
        { details: { retry_after_ms: Math.ceil(pauseMs) } },
      );
    }
    if (pauseMs > 0) await sleep(pauseMs, { clock, signal: this.#disposing.signal });
  }

  #lost(lease: Lease): void {
    if (!this.#open.has(lease)) return;
    this.#options.logger.warn('the MCP server was lost', { error: lease.session.explain(lease.session.ended.reason) });
    this.#backoff.failed();
    void this.#close(lease);
  }

  async #close(lease: Lease): Promise<void> {
    if (!this.#open.delete(lease)) return;
    this.retire(lease);
    await lease.session.close();
  }

  async #end(): Promise<void> {
    const reason = new AosError(
      'AOS_DISPOSED',
      `The MCP server ${this.#options.name} is stopped, or was changed in aos.json.`,
    );
    this.#disposing.abort(reason);
    // A start that is given up fails, as it should.
    await this.#starting?.catch(() => undefined);
    await Promise.all([...this.#open].map((lease) => this.#close(lease)));
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
