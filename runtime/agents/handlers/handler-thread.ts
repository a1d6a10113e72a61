import { Worker } from 'node:worker_threads';
import { type Context, context as trace } from '@opentelemetry/api';
import type { ErrorCode } from '../../contracts/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { AosError, isAosError, messageOf } from '../../core/errors.ts';
import type { HostedContext } from '../agent-context.ts';
import type { AgentEvent } from '../define-agent.ts';
import {
  type FromThread,
  fromSentError,
  type SentError,
  type ThreadData,
  type ToThread,
  toSentError,
} from './protocol.ts';

export interface HandlerThreadOptions extends ThreadData {
  /** Heap of the thread at most, MiB. Default 512. */
  memoryMb?: number | undefined;
  clock: Clock;
}

interface Run {
  context: HostedContext;
  /** What was active when it began: what the handler calls belongs to that trace. */
  trace: Context;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** How long a handler whose time is over may keep its thread from answering: then it loops, and the thread is ended. */
const GRACE_MS = 1000;

/** The file of the thread: source in development, a bundle in the product. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './handler-worker.js', import.meta.url);

/**
 * The handlers of one file, in a thread of their own: what they do to it (a loop, a full heap, `process.exit`) ends the thread
 * and fails their events; the replica lives on.
 */
export class HandlerThread {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #file: string;
  readonly #runs = new Map<number, Run>();
  readonly #loading = Promise.withResolvers<void>();
  #handlers: readonly string[] = [];
  #lastRun = 0;
  #retired = false;
  #ended: Error | undefined;
  /** Resolves when the thread has answered, or is gone; undefined while nobody doubts it. */
  #doubt: Promise<void> | undefined;
  #answered: (() => void) | undefined;

  private constructor({ folder, file, memoryMb = 512, clock }: HandlerThreadOptions) {
    this.#clock = clock;
    this.#file = file;
    const workerData: ThreadData = { folder, file };
    this.#worker = new Worker(ENTRY, {
      name: `handlers of ${file}`,
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', (code) => this.#end(new Error(`it exited with code ${code}`)));
  }

  /** @throws AosError AOS_HANDLER_LOAD */
  static async start(options: HandlerThreadOptions): Promise<HandlerThread> {
    const thread = new HandlerThread(options);
    try {
      await thread.#loading.promise;
      return thread;
    } catch (error) {
      await thread.stop();
      if (isAosError(error)) throw error;
      const message = `The handler ${options.file} could not be loaded: ${messageOf(error)}`;
      throw new AosError('AOS_HANDLER_LOAD', message, { cause: error });
    }
  }

  /** Types of the events it handles. */
  get handlers(): readonly string[] {
    return this.#handlers;
  }

  /** False when it is gone, or about to go: the next event needs another one. */
  get usable(): boolean {
    return this.#ended === undefined && !this.#retired;
  }

  /**
   * Handles one event; the context's signal ends the wait for it.
   * @throws the handler's error; AosError AOS_HANDLER_FAILED if the thread is lost; the signal's reason
   */
  run(handler: string, event: AgentEvent, context: HostedContext): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#lossOf(this.#ended));
    return new Promise((resolve, reject) => {
      const run = ++this.#lastRun;
      const onAbort = () => this.#abort(run, context.signal.reason);
      const forget = () => {
        this.#runs.delete(run);
        context.signal.removeEventListener('abort', onAbort);
        if (this.#retired && this.#runs.size === 0) void this.stop();
      };
      this.#runs.set(run, {
        context,
        trace: trace.active(),
        resolve: (result) => {
          forget();
          resolve(result);
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      });
      const { agentId, purpose } = context;
      this.#post({ type: 'run', run, handler, event, agentId, purpose });
      if (context.signal.aborted) onAbort();
      else context.signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Resolves when it is known whether a thread that is in doubt still answers. */
  async settled(): Promise<void> {
    await this.#doubt;
  }

  /** Ends the thread when nothing runs in it any more; what runs is finished first. */
  retire(): void {
    this.#retired = true;
    if (this.#runs.size === 0) void this.stop();
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  /** The event's time is over, whatever the handler does about it; and a thread that does not answer now is ended. */
  #abort(run: number, reason: unknown): void {
    this.#post({ type: 'abort', run, reason: toSentError(reason) });
    this.#runs.get(run)?.reject(reason instanceof Error ? reason : new Error(messageOf(reason)));
    this.#doubt ??= new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(() => {
        this.#end(new Error(`it did not answer for ${GRACE_MS} ms after its time was over; does it loop?`));
        void this.#worker.terminate();
      }, GRACE_MS);
      this.#answered = () => {
        timer[Symbol.dispose]();
        this.#doubt = undefined;
        resolve();
      };
    });
    this.#post({ type: 'ping', ping: run });
  }

  #receive(message: FromThread): void {
    if (message.type === 'pong') this.#answered?.();
    else if (message.type === 'loaded') {
      this.#handlers = message.handlers;
      this.#loading.resolve();
    } else if (message.type === 'not-loaded') this.#loading.reject(loadError(message.error));
    if (!('run' in message)) return;
    const run = this.#runs.get(message.run);
    if (!run) return;
    if (message.type === 'done') run.resolve(message.result);
    else if (message.type === 'failed') run.reject(fromSentError(message.error));
    else if (message.type === 'log') run.context.log[message.level](message.message, message.fields);
    else if (message.type === 'call') void trace.with(run.trace, () => this.#answer(run.context, message));
  }

  async #answer(context: HostedContext, { run, call, method, args }: FromThread & { type: 'call' }): Promise<void> {
    try {
      const value = await (context.calls[method] as (...given: unknown[]) => Promise<unknown>)(...args);
      this.#post({ type: 'answer', run, call, value });
    } catch (error) {
      this.#post({ type: 'refusal', run, call, error: toSentError(error) });
    }
  }

  #post(message: ToThread): void {
    if (!this.#ended) this.#worker.postMessage(message);
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#loading.reject(error);
    this.#answered?.();
    for (const run of [...this.#runs.values()]) run.reject(this.#lossOf(error));
  }

  #lossOf(error: Error): AosError {
    return new AosError('AOS_HANDLER_FAILED', `The thread of ${this.#file} was lost: ${error.message}`, {
      cause: error,
    });
  }
}

function loadError(sent: SentError): Error {
  return sent.code?.startsWith('AOS_') ? new AosError(sent.code as ErrorCode, sent.message) : fromSentError(sent);
}
