import { type ChildProcess, fork } from 'node:child_process';
import { Emitter } from '../../../core/events.ts';
import type { Logger } from '../../../core/logger.ts';
import { generationError, LoraxError, validationError } from '../errors.ts';
import type { FromWorker, ModelFacts, ToWorker, WorkerOptions } from './protocol.ts';

type Command = Exclude<ToWorker, { type: 'init' | 'abort' }>;
type Reply = Extract<FromWorker, { id: number }>;

const START_TIMEOUT_MS = 120_000;

/** The file of the process: source in development, a bundle in the product. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './llama-worker.js', import.meta.url);

/** The process of llama.cpp. When it dies, the requests in it fail, and the next one starts it again. */
export class LlamaProcess {
  readonly #options: WorkerOptions;
  readonly #logger: Logger;
  readonly #active = new Emitter<readonly string[]>();
  readonly #restarted = new Emitter<void>();
  readonly #requests = new Map<number, (reply: Reply) => void>();
  #child: ChildProcess | undefined;
  #starting: Promise<ModelFacts> | undefined;
  #lastId = 0;
  #starts = 0;
  #disposed = false;

  /** The files of the adapters that are active, whenever they change. */
  readonly onActive = this.#active.event;
  /** A process that died was started again; it knows nothing of what the one before was told. */
  readonly onRestarted = this.#restarted.event;

  constructor(options: WorkerOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  /** Starts it unless it runs. @throws Error with the reason if the model cannot be loaded */
  start(): Promise<ModelFacts> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /**
   * Sends a request and gives its replies, up to the last one. Leaving the loop, or aborting, ends it in the process too.
   * @throws LoraxError `generation`, `validation`; the abort reason
   */
  async *request(command: (id: number) => Command, signal?: AbortSignal): AsyncGenerator<Reply, void, undefined> {
    signal?.throwIfAborted();
    await this.start();
    const id = ++this.#lastId;
    const replies: Reply[] = [];
    let wake = Promise.withResolvers<void>();
    this.#requests.set(id, (reply) => {
      replies.push(reply);
      wake.resolve();
    });
    const onAbort = () => wake.resolve();
    signal?.addEventListener('abort', onAbort, { once: true });
    let ended = false;
    try {
      this.#send(command(id));
      for (;;) {
        signal?.throwIfAborted();
        const reply = replies.shift();
        if (!reply) {
          await wake.promise;
          wake = Promise.withResolvers();
        } else if (reply.type === 'done') {
          ended = true;
          return;
        } else if (reply.type === 'failed') {
          ended = true;
          throw reply.kind === 'validation' ? validationError(reply.message) : generationError(reply.message);
        } else yield reply;
      }
    } finally {
      this.#requests.delete(id);
      signal?.removeEventListener('abort', onAbort);
      if (!ended) this.#send({ type: 'abort', id });
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await exited;
  }

  #start(): Promise<ModelFacts> {
    if (this.#disposed) return Promise.reject(new LoraxError('generation', 'The endpoint is shutting down.'));
    const child = fork(ENTRY, [], { silent: true, env: workerEnvironment() });
    this.#child = child;
    const log = (text: Buffer) => this.#logger.debug(String(text).trim());
    child.stdout?.on('data', log);
    child.stderr?.on('data', log);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`llama.cpp did not load the model within ${START_TIMEOUT_MS / 1000} s.`));
      }, START_TIMEOUT_MS);
      child.on('message', (message: FromWorker) => {
        if (message.type === 'ready') {
          resolve(message.facts);
          if (++this.#starts > 1) this.#restarted.fire();
        } else if (message.type === 'init-failed') {
          reject(new Error(message.message));
          child.kill('SIGKILL');
        } else if (message.type === 'active') this.#active.fire(message.files);
        else this.#requests.get(message.id)?.(message);
      });
      child.on('error', reject); // also of a send to a process that is dying: its exit tells the requests
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`The process of llama.cpp ended with ${signal ?? `code ${code}`}.`));
        this.#lose(child, signal ?? `code ${code}`);
      });
      child.send({ type: 'init', options: this.#options } satisfies ToWorker);
      child.once('message', () => clearTimeout(timer));
    });
  }

  #lose(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#starting = undefined;
    this.#active.fire([]);
    if (!this.#disposed && this.#starts > 0)
      this.#logger.warn('the process of llama.cpp ended; the next request starts it again', { how });
    for (const [id, hand] of this.#requests) {
      hand({ type: 'failed', id, kind: 'generation', message: `the process of llama.cpp ended with ${how}` });
    }
  }

  #send(message: ToWorker): void {
    if (this.#child?.connected) this.#child.send(message);
  }
}

/**
 * It needs no key of this machine's services. And one thread has to do for what node-llama-cpp leaves to libuv: it samples
 * the sequences of a batch at the same time, while llama.cpp sorts a batch's results when they are first read, without a
 * lock. With more threads about one request in a thousand was given the token of another.
 */
function workerEnvironment(): NodeJS.ProcessEnv {
  const secret = /connection|_key$|token|secret|password|^AOS_CLOUD$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !secret.test(name)));
  return { ...env, UV_THREADPOOL_SIZE: '1' };
}
