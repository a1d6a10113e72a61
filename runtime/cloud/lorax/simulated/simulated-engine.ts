import type { ChatMessage } from '../../../contracts/lorax.ts';
import type { Clock } from '../../../core/clock.ts';
import type { AdapterEntry, AdapterRef, Embedding, Engine, EngineEvent, EngineRequest } from '../engine.ts';
import { generationError, validationError } from '../errors.ts';
import { answerTokens, toToken } from './answer.ts';
import { hashedEmbedding } from './embedding.ts';
import { ENGINE_VERSION, MODEL_ID, simulatedInfo } from './info.ts';
import { KnownAdapters } from './known-adapters.ts';
import { assumedProfile, type SimulatedProfile } from './profile.ts';
import { Scheduler, type SeatRequest } from './scheduler.ts';
import type { Seat } from './seat.ts';
import { END_OF_TEXT, tokenize } from './tokenizer.ts';

export interface SimulatedEngineOptions {
  clock: Clock;
  profile?: Partial<SimulatedProfile> | undefined;
  /** The model it stands in for; clients may name it as `model`. */
  baseModel?: string | undefined;
}

/** Answers without a model: text from a lexicon, at the pace a GPU would have. Labelled as simulated wherever it shows. */
export function createSimulatedEngine(options: SimulatedEngineOptions): Engine {
  const { clock, baseModel } = options;
  const profile = { ...assumedProfile, ...options.profile };
  const scheduler = new Scheduler(profile, clock);
  const known = new KnownAdapters({ clock, tiers: scheduler.tiers, assumedMB: profile.adapterMB });
  let requests = 0;
  let tokens = 0;

  async function* generate(request: EngineRequest, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    signal.throwIfAborted();
    const adapters = await known.meetAll(request.adapters);
    const answer = answerTokens(request, adapters);
    using place = takePlace(
      { ...needs(request.adapters), promptTokens: request.prompt.length, tokens: answer.length },
      signal,
    );
    await place.seat.started();
    requests++;
    known.markUsed(request.adapters);
    yield { type: 'started', adapterLoadMs: place.seat.adapterLoadMs };
    for (const token of answer) {
      await place.seat.step();
      tokens++;
      yield { type: 'token', token: toToken(token, request.alternatives), eos: token === END_OF_TEXT };
    }
  }

  /** Reads the text as a prompt and takes one step for it, as an embedding model does. */
  async function embed(text: string, refs: readonly AdapterRef[], signal: AbortSignal): Promise<Embedding> {
    signal.throwIfAborted();
    const promptTokens = tokenize(text).length;
    if (promptTokens > profile.maxInputTokens) {
      throw validationError(`\`inputs\` must have less than ${profile.maxInputTokens} tokens. Given: ${promptTokens}`);
    }
    const adapters = await known.meetAll(refs);
    using place = takePlace({ ...needs(refs), promptTokens, tokens: 1 }, signal);
    await place.seat.step();
    requests++;
    known.markUsed(refs);
    return { vector: hashedEmbedding(text, adapters.map(({ hash }) => hash).join('+')), promptTokens };
  }

  async function loadAdapter(ref: AdapterRef, signal: AbortSignal): Promise<AdapterEntry> {
    signal.throwIfAborted();
    await known.meet(ref);
    using place = takePlace({ ...needs([ref]), promptTokens: 0, tokens: 0 }, signal);
    await place.seat.started();
    return entryOf(ref.id);
  }

  async function pinAdapter(ref: AdapterRef, pinned: boolean, signal: AbortSignal): Promise<AdapterEntry> {
    await known.meet(ref);
    const before = scheduler.tiers.isPinned(ref.id);
    if (pinned && !before && !scheduler.tiers.fits([ref.id])) throw scheduler.noRoom([ref.id]);
    // First the pin: once it is loaded nothing may take its room.
    scheduler.pin(ref.id, pinned);
    if (!pinned) return entryOf(ref.id);
    try {
      return await loadAdapter(ref, signal);
    } catch (error) {
      scheduler.pin(ref.id, before);
      throw error;
    }
  }

  async function unloadAdapter(id: string): Promise<AdapterEntry | undefined> {
    if (!known.entry(id)) return undefined;
    scheduler.pin(id, false);
    await scheduler.unload(id);
    return entryOf(id);
  }

  function entryOf(id: string): AdapterEntry {
    const entry = known.entry(id);
    if (!entry) throw new Error(`Adapter ${id} was never named.`);
    return entry;
  }

  /** A seat that is given back at the end of the block; aborting fails it. */
  function takePlace(request: SeatRequest, signal: AbortSignal): Disposable & { seat: Seat } {
    signal.throwIfAborted();
    const seat = scheduler.enter(request);
    const onAbort = () => seat.fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return {
      seat,
      [Symbol.dispose]() {
        signal.removeEventListener('abort', onAbort);
        scheduler.leave(seat);
      },
    };
  }

  return {
    name: 'simulated',
    computeType: 'simulated',
    fingerprint: ENGINE_VERSION,
    baseModelIds: baseModel && baseModel !== MODEL_ID ? [MODEL_ID, baseModel] : [MODEL_ID],
    info: () => simulatedInfo(profile),
    tokenize: async (text) => tokenize(text),
    chatPrompt,
    generate,
    embed,
    adapters: () => known.entries(),
    loadAdapter,
    pinAdapter,
    unloadAdapter,
    stats: () => ({ running: scheduler.runningCount, waiting: scheduler.waitingCount, requests, tokens }),
    onBatch: scheduler.onBatch,
    dispose: async () => scheduler.dispose(generationError('shutting down')),
  };
}

function needs(refs: readonly AdapterRef[]): Pick<SeatRequest, 'adapters'> {
  return { adapters: refs.map(({ id }) => id) };
}

/** Roles in angle brackets, as in most chat templates. */
function chatPrompt(messages: readonly ChatMessage[]): string {
  const turns = messages.map(({ role, content }) => `<|${role}|>\n${contentText(content)}\n`);
  return `${turns.join('')}<|assistant|>\n`;
}

function contentText(content: ChatMessage['content']): string {
  if (content === undefined || typeof content === 'string') return content ?? '';
  return content.map((part) => part.text ?? '').join('');
}
