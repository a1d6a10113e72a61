import { randomUUID } from 'node:crypto';
import type { AskAgent, AskOptions, Exchange } from '../../../runtime/contracts/ask-panel.ts';
import type { Engine, InferRequest } from '../../../runtime/contracts/http.ts';
import type { RuntimeClient } from '../../client/runtime-client.ts';
import { factsOf, toFailure } from './ask-failure.ts';
import { type AskHistory, isSettled } from './ask-history.ts';

/** When the lane is full and the server does not say how long. */
const BUSY_DELAY_MS = 2000;

export interface AskLimits {
  deadlineMs: number;
  /** Tries again when a lane is full. */
  retriesWhenBusy: number;
  historyLimit: number;
}

export interface AskSessionOptions {
  history: AskHistory;
  /** @throws RuntimeError AOS_NOT_RUNNING */
  client(): Promise<RuntimeClient>;
  agent(id: string): AskAgent | undefined;
  engine(): Engine;
  limits(): AskLimits;
  onExchange(exchange: Exchange): void;
  onToken(token: { id: string; text: string; firstTokenMs: number | null; tokensOut: number }): void;
  onRemoved(ids: string[]): void;
  now?: () => number;
}

type Progress<K extends Exchange['progress']['kind']> = Extract<Exchange['progress'], { kind: K }>;

/** The exchanges of a workspace. They live here and not in the webview, so a hidden panel misses nothing. */
export class AskSession {
  readonly #options: AskSessionOptions;
  readonly #now: () => number;
  readonly #running = new Map<string, { controller: AbortController; ended: Promise<void> }>();
  #exchanges = new Map<string, Exchange>();

  constructor(options: AskSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Oldest first. */
  get exchanges(): Exchange[] {
    return [...this.#exchanges.values()];
  }

  get(id: string): Exchange | undefined {
    return this.#exchanges.get(id);
  }

  async load(): Promise<void> {
    const loaded = await this.#options.history.load();
    this.#exchanges = new Map([...loaded.map((exchange) => [exchange.id, exchange] as const), ...this.#exchanges]);
  }

  /** Asks, and gives the id under which the answer comes. */
  ask(agentId: string, prompt: string, options: AskOptions): string {
    const agent = this.#options.agent(agentId);
    const askedAt = this.#now();
    const exchange: Exchange = {
      id: randomUUID(),
      agentId,
      priority: agent?.priority ?? 'normal',
      adapter: agent?.adapter ?? null,
      revision: agent?.revision ?? null,
      engine: this.#options.engine(),
      prompt,
      askedAt,
      options,
      progress: { kind: 'running', startedAt: askedAt, firstTokenMs: null, tokensOut: 0, text: '' },
    };
    this.#exchanges.set(exchange.id, exchange);
    this.#options.onExchange(exchange);
    this.#forgetOldest();
    const controller = new AbortController();
    const ended = this.#run(exchange, controller.signal).finally(() => this.#running.delete(exchange.id));
    this.#running.set(exchange.id, { controller, ended });
    return exchange.id;
  }

  /** Stops an answer, or a wait to be asked again. What came so far is kept. */
  stop(id: string): void {
    this.#running.get(id)?.controller.abort();
  }

  async clear(): Promise<void> {
    this.#stopAll();
    const ids = [...this.#exchanges.keys()];
    this.#exchanges.clear();
    this.#options.onRemoved(ids);
    await this.#options.history.save([]);
  }

  /** The exchanges on disk are what they are here; running ones are stopped. */
  async dispose(): Promise<void> {
    await Promise.all(this.#stopAll());
    await this.#options.history.save(this.exchanges);
  }

  /** @returns what resolves when each of them has ended */
  #stopAll(): Promise<void>[] {
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort();
    return running.map(({ ended }) => ended);
  }

  async #run(exchange: Exchange, signal: AbortSignal): Promise<void> {
    const { retriesWhenBusy } = this.#options.limits();
    for (let attempt = 1; ; attempt++) {
      const progress = await this.#ask(exchange, signal);
      const full = progress.kind === 'failed' && progress.failure.kind === 'laneFull' ? progress.failure : undefined;
      if (!full || attempt > retriesWhenBusy) {
        this.#set({ ...exchange, progress });
        break;
      }
      const retryAt = full.retryAt ?? this.#now() + BUSY_DELAY_MS;
      this.#set({
        ...exchange,
        progress: { kind: 'waiting', retryAt, attempt, attempts: retriesWhenBusy, failure: full },
      });
      const startedAt = this.#now();
      const stopped = await pause(retryAt - startedAt, signal);
      if (stopped) {
        this.#set({
          ...exchange,
          progress: { kind: 'stopped', afterMs: this.#now() - startedAt, firstTokenMs: null, tokensOut: 0, text: '' },
        });
        break;
      }
    }
    await this.#options.history.save(this.exchanges);
  }

  /** One try. Gives how it ended; tells tokens on the way. */
  async #ask(exchange: Exchange, signal: AbortSignal): Promise<Progress<'done' | 'stopped' | 'failed'>> {
    const startedAt = this.#now();
    const { deadlineMs } = this.#options.limits();
    let part: Progress<'running'> = { kind: 'running', startedAt, firstTokenMs: null, tokensOut: 0, text: '' };
    const partial = () => ({
      afterMs: this.#now() - startedAt,
      firstTokenMs: part.firstTokenMs,
      tokensOut: part.tokensOut,
      text: part.text,
    });
    this.#set({ ...exchange, progress: part });
    try {
      const client = await this.#options.client();
      for await (const event of client.inferStream(requestOf(exchange, deadlineMs), { signal })) {
        if (event.event === 'done') return { kind: 'done', result: event.result };
        if (event.event === 'error') {
          const retryAfterMs =
            typeof event.details?.retry_after_ms === 'number' ? event.details.retry_after_ms : undefined;
          const facts = { code: event.code, message: event.error, traceId: event.trace_id, retryAfterMs };
          return { kind: 'failed', ...partial(), failure: toFailure(facts, this.#now(), deadlineMs) };
        }
        const firstTokenMs = part.firstTokenMs ?? this.#now() - startedAt;
        part = { ...part, firstTokenMs, tokensOut: part.tokensOut + 1, text: part.text + event.text };
        if (this.#exchanges.has(exchange.id)) this.#exchanges.set(exchange.id, { ...exchange, progress: part });
        this.#options.onToken({ id: exchange.id, text: event.text, firstTokenMs, tokensOut: part.tokensOut });
      }
      throw new Error('The stream of the answer ended without an end.');
    } catch (error) {
      if (signal.aborted) return { kind: 'stopped', ...partial() };
      return { kind: 'failed', ...partial(), failure: toFailure(factsOf(error), this.#now(), deadlineMs) };
    }
  }

  #set(exchange: Exchange): void {
    // After clear() a stopped answer must not come back.
    if (!this.#exchanges.has(exchange.id)) return;
    this.#exchanges.set(exchange.id, exchange);
    this.#options.onExchange(exchange);
  }

  #forgetOldest(): void {
    const { historyLimit } = this.#options.limits();
    const settled = this.exchanges.filter(isSettled);
    const removed = settled.slice(0, Math.max(0, this.#exchanges.size - historyLimit)).map(({ id }) => id);
    for (const id of removed) this.#exchanges.delete(id);
    if (removed.length > 0) this.#options.onRemoved(removed);
  }
}

function requestOf({ agentId, prompt, options }: Exchange, deadlineMs: number): InferRequest {
  return {
    agent_id: agentId,
    prompt,
    parameters: { max_new_tokens: options.maxTokens, temperature: options.temperature },
    cache: options.useCache,
    deadline_ms: deadlineMs,
  };
}

/** Resolves after `ms` with false, or with true as soon as the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(signal.aborted);
    };
    const timer = setTimeout(end, Math.max(0, ms));
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
