import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Clock, sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import type { Logger, LogRecord } from '../core/logger.ts';
import { type ChildMessage, childMessageSchema } from './child-messages.ts';
import { RestartPolicy } from './restart-policy.ts';

export interface ManagedProcessOptions {
  /** `cloud`, `replica-1`, … */
  name: string;
  spawn: () => ChildProcess;
  /** Which message means that it is ready. */
  readyType: ChildMessage['type'];
  /** Default true. */
  restart?: boolean;
  clock: Clock;
  logger: Logger;
  /** Takes what the process writes: its log records, and everything else it prints as one record a line. */
  writeRecord: (record: LogRecord) => void;
}

export type ProcessChange =
  | { state: 'starting'; pid: number | undefined }
  | { state: 'ready'; child: ChildProcess; pid: number | undefined; ms: number; message: ChildMessage }
  | {
      state: 'exited';
      exitCode: number | null;
      signal: string | null;
      error: AosError | undefined;
      restartMs: number | undefined;
    }
  | { state: 'stopped' };

/** How long a process may take to be ready, and to leave when asked to. */
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * A process that is started, watched, started again when it ends by itself, and stopped. It says over IPC when it is ready,
 * and leaves by itself when that channel closes: whatever happens to the launcher, nothing is left behind.
 */
export class ManagedProcess {
  readonly #options: ManagedProcessOptions;
  readonly #changes = new Emitter<ProcessChange>();
  readonly #policy = new RestartPolicy();
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #failure: AosError | undefined;

  readonly onChange = this.#changes.event;

  constructor(options: ManagedProcessOptions) {
    this.#options = options;
  }

  /** The process as it is now; a restarted one is another. */
  get child(): ChildProcess | undefined {
    return this.#child;
  }

  get pid(): number | undefined {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  /**
   * Starts it and resolves when it is ready.
   * @throws AosError what the process said it failed with, AOS_CRASHED, or AOS_START_TIMEOUT
   */
  start(): Promise<ChildMessage> {
    const { spawn, clock, name, readyType, logger, writeRecord } = this.#options;
    const startedAt = clock.monotonic();
    this.#failure = undefined;
    const child = spawn();
    this.#child = child;
    this.#changes.fire({ state: 'starting', pid: child.pid });
    forwardLog(child.stderr, name, writeRecord);
    forwardLog(child.stdout, name, writeRecord);
    return new Promise((resolve, reject) => {
      const timeout = clock.setTimeout(() => {
        this.#failure = new AosError(
          'AOS_START_TIMEOUT',
          `${name} was not ready within ${READY_TIMEOUT_MS / 1000} s. Its log says how far it came.`,
        );
        child.kill('SIGKILL');
      }, READY_TIMEOUT_MS);
      child.on('message', (raw) => {
        const message = childMessageSchema.safeParse(raw).data;
        if (!message) return logger.warn('a process sent an unknown message', { process: name });
        if (message.type === 'connection-taken') return; // the ingress listens to these
        if (message.type === 'failed') this.#failure = new AosError(message.code, message.message);
        if (message.type !== readyType) return;
        timeout[Symbol.dispose]();
        const ms = Math.round(clock.monotonic() - startedAt);
        this.#changes.fire({ state: 'ready', child, pid: child.pid, ms, message });
        resolve(message);
      });
      child.on('error', (cause) => {
        this.#failure ??= new AosError('AOS_CRASHED', `${name} could not be started: ${cause.message}`, { cause });
      });
      child.on('close', (exitCode, signal) => {
        timeout[Symbol.dispose]();
        const error =
          this.#failure ?? new AosError('AOS_CRASHED', `${name} stopped (${exitReason(exitCode, signal)}).`);
        this.#onClose(exitCode, signal, error);
        reject(error);
      });
    });
  }

  /** Asks it to leave, and ends it after ten seconds. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (!child || this.pid === undefined) return;
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const kill = this.#options.clock.setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    // Without a channel it is leaving already.
    if (child.connected)
      child.send(
        { type: 'stop' },
        (error) => error && this.#options.logger.debug('a process left before it was asked to', { error }),
      );
    await closed;
    kill[Symbol.dispose]();
  }

  #onClose(exitCode: number | null, signal: string | null, error: AosError): void {
    const { clock, restart = true } = this.#options;
    if (this.#stopping.signal.aborted) {
      this.#changes.fire({ state: 'stopped' });
      return;
    }
    const restartMs = restart ? this.#policy.next(clock.monotonic()) : undefined;
    this.#changes.fire({ state: 'exited', exitCode, signal, error: this.#failure ? error : undefined, restartMs });
    if (restartMs !== undefined) void this.#restart(restartMs);
  }

  async #restart(pauseMs: number): Promise<void> {
    const { clock, logger, name } = this.#options;
    try {
      await sleep(pauseMs, { clock, signal: this.#stopping.signal });
      await this.start();
    } catch (error) {
      // The next `exited` says what follows; a stop in between needs no word.
      if (!this.#stopping.signal.aborted) logger.warn(`${name} could not be started again`, { error });
    }
  }
}

export function exitReason(exitCode: number | null, signal: string | null): string {
  if (signal) return `signal ${signal}`;
  return exitCode === 137 ? 'exit code 137: out of memory' : `exit code ${exitCode}`;
}

/** Lines of log records go through as they are; anything else a process prints (user code, Node itself) becomes one. */
function forwardLog(stream: Readable | null, name: string, write: (record: LogRecord) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) write(toRecord(line, name));
  });
}

function toRecord(line: string, name: string): LogRecord {
  // Only a logger of ours begins a line so; half a line of a process that was killed does not parse.
  if (line.startsWith('{"time":') && line.endsWith('}')) {
    try {
      return JSON.parse(line) as LogRecord;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return { time: new Date().toISOString(), level: 'info', scope: name, message: line };
}
