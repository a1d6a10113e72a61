import { randomUUID } from 'node:crypto';
import type { AskAgent, AskOptions, Exchange } from '../../../runtime/contracts/ask-panel.ts';
import type { Engine, GenerateParameters, InferRequest } from '../../../runtime/contracts/http.ts';
import type { RuntimeClient } from '../../client/runtime-client.ts';
import { factsOf, toFailure } from './ask-failure.ts';
import type { AskHistory } from './ask-history.ts';
import { EntryBook } from './entry-book.ts';

/** When the lane is full and the server does not say how long. */
const BUSY_DELAY_MS = 2000;

export interface AskLimits {
  deadlineMs: number;
  /** Tries again when a lane is full. */
  retriesWhenBusy: number;
  historyLimit: number;
}

export interface AskSessionOptions {
  history: AskHistory<Exchange>;
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

/** The exchanges of a workspace. */
export class AskSession {
  readonly #options: AskSessionOptions;
  readonly #now: () => number;
  readonly #book: EntryBook<Exchange>;

  constructor(options: AskSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#book = new EntryBook({
      history: options.history,
      limit: () => options.limits().historyLimit,
      isSettled: ({ progress }) => progress.kind !== 'running' && progress.kind !== 'waiting',
      onEntry: options.onExchange,
      onRemoved: options.onRemoved,
    });
  }

  /** Oldest first. */
  get exchanges(): Exchange[] {
    return this.#book.all;
  }

  get(id: string): Exchange | undefined {
    return this.#book.get(id);
  }

  load(): Promise<void> {
    return this.#book.load();
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
      explanation: null,
    };
    this.#book.run(exchange, (signal) => this.#run(exchange, signal));
    return exchange.id;
  }

  /** Stops an answer, or a wait to be asked again. What came so far is kept. */
  stop(id: string): void {
    this.#book.stop(id);
  }

  /** Forgets the cache entry that answered, on every replica. @throws RuntimeError */
  async forgetEntry(id: string): Promise<void> {
    const exchange = this.#book.get(id);
    const entry = exchange?.progress.kind === 'done' ? exchange.progress.result.cache_entry : null;
    if (!exchange || !entry) return;
    const client = await this.#options.client();
    const { agentId, options } = exchange;
    await client.forgetAnswer({ agent_id: agentId, prompt: entry.prompt, parameters: parametersOf(options) });
    this.#book.set({ ...exchange, forgotten: true });
  }

  clear(): Promise<void> {
    return this.#book.clear();
  }

  dispose(): Promise<void> {
    return this.#book.dispose();
  }

  async #run(exchange: Exchange, signal: AbortSignal): Promise<void> {
    const { retriesWhenBusy } = this.#options.limits();
    for (let attempt = 1; ; attempt++) {
      const progress = await this.#ask(exchange, signal);
      const full = progress.kind === 'failed' && progress.failure.kind === 'laneFull' ? progress.failure : undefined;
      if (!full || attempt > retriesWhenBusy) {
        this.#book.set({ ...exchange, ...settled(progress) });
        return;
      }
      const retryAt = full.retryAt ?? this.#now() + BUSY_DELAY_MS;
      this.#book.set({
        ...exchange,
        progress: { kind: 'waiting', retryAt, attempt, attempts: retriesWhenBusy, failure: full },
      });
      const startedAt = this.#now();
      const stopped = await pause(retryAt - startedAt, signal);
      if (stopped) {
        this.#book.set({
          ...exchange,
          progress: { kind: 'stopped', afterMs: this.#now() - startedAt, firstTokenMs: null, tokensOut: 0, text: '' },
        });
        return;
      }
    }
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
    this.#book.set({ ...exchange, progress: part });
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
        this.#book.setQuietly({ ...exchange, progress: part });
        this.#options.onToken({ id: exchange.id, text: event.text, firstTokenMs, tokensOut: part.tokensOut });
      }
      throw new Error('The stream of the answer ended without an end.');
    } catch (error) {
      if (signal.aborted) return { kind: 'stopped', ...partial() };
      return { kind: 'failed', ...partial(), failure: toFailure(factsOf(error), this.#now(), deadlineMs) };
    }
  }
}

function requestOf({ agentId, prompt, options }: Exchange, deadlineMs: number): InferRequest {
  return {
    agent_id: agentId,
    prompt,
    parameters: parametersOf(options),
    cache: options.useCache,
    explain: options.useCache,
    deadline_ms: deadlineMs,
  };
}

/** How it ended; what the cache of the replica that answered said of the prompt stands beside it. */
function settled(progress: Progress<'done' | 'stopped' | 'failed'>): Pick<Exchange, 'progress' | 'explanation'> {
  if (progress.kind !== 'done') return { progress, explanation: null };
  const { explanation = null, ...result } = progress.result;
  return { progress: { kind: 'done', result }, explanation };
}

export function parametersOf({ maxTokens, temperature }: AskOptions): GenerateParameters {
  return { max_new_tokens: maxTokens, temperature };
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
