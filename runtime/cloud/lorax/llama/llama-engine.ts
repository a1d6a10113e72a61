import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { LoraxInfo } from '../../../contracts/lorax.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { AdapterRef, Embedding, Engine, EngineEvent, EngineRequest, PromptToken } from '../engine.ts';
import { generationError, overloadedError, validationError } from '../errors.ts';
import { chatPrompt } from './chat-template.ts';
import { LLAMA_VERSION } from './install.ts';
import { jsonGrammar } from './json-grammar.ts';
import { LlamaAdapters } from './llama-adapters.ts';
import { LlamaProcess } from './llama-process.ts';
import type { ModelFacts, WorkerOptions } from './protocol.ts';

export interface LlamaEngineOptions extends WorkerOptions {
  /** The model's name for users; clients may give it as `model`. */
  baseModel?: string | undefined;
  clock: Clock;
  logger: Logger;
}

/** Requests that are computed or wait. More only make everybody wait longer: a laptop is no GPU. */
const MAX_CONCURRENT = 128;

/**
 * Real inference on the CPU: llama.cpp by node-llama-cpp, in a process of its own.
 * @throws Error with llama.cpp's reason if the model cannot be loaded
 */
export async function createLlamaEngine(options: LlamaEngineOptions): Promise<Engine> {
  const { baseModel, clock, logger, ...worker } = options;
  const fingerprint = `aos-llama-${LLAMA_VERSION}-${await stampOf(worker.modelFile)}`;
  const llama = new LlamaProcess(worker, logger);
  const adapters = new LlamaAdapters({ process: llama, clock, logger });
  const facts = await llama.start().catch(async (error: unknown) => {
    await llama.dispose();
    throw error;
  });
  const counts = { running: 0, waiting: 0, requests: 0, tokens: 0 };

  async function* generate(request: EngineRequest, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    signal.throwIfAborted();
    if (counts.running + counts.waiting >= MAX_CONCURRENT) throw overloadedError();
    let state: 'waiting' | 'running' = 'waiting';
    counts[state]++;
    try {
      const { sampling, index, prompt } = request;
      const arrivedMs = clock.monotonic();
      const files = await adapters.meetAll(request.adapters);
      // New content was copied and hashed: that is a part of its load.
      const metMs = clock.monotonic() - arrivedMs;
      const command = {
        ...request,
        grammar: jsonGrammar(request.responseFormat),
        adapters: files,
        prompt: prompt.map(({ id }) => id),
        sampling: sampling && { ...sampling, seed: sampling.seed + index },
      };
      for await (const reply of llama.request((id) => ({ type: 'generate', id, command }), signal)) {
        if (reply.type === 'started') {
          counts[state]--;
          state = 'running';
          counts[state]++;
          counts.requests++;
          adapters.markUsed(request.adapters);
          yield { type: 'started', adapterLoadMs: reply.loadMs === undefined ? undefined : metMs + reply.loadMs };
        } else if (reply.type === 'token') {
          counts.tokens++;
          yield { type: 'token', token: reply.token, eos: reply.eos };
        }
      }
    } finally {
      counts[state]--;
    }
  }

  async function embed(text: string, refs: readonly AdapterRef[], signal: AbortSignal): Promise<Embedding> {
    if (refs.length > 0) throw validationError('embeddings are made by the base model, without an adapter');
    for await (const reply of llama.request((id) => ({ type: 'embed', id, text }), signal)) {
      if (reply.type === 'vector') return { vector: reply.vector, promptTokens: reply.promptTokens };
    }
    throw generationError('the process of llama.cpp made no vector');
  }

  async function tokenize(text: string): Promise<PromptToken[]> {
    for await (const reply of llama.request((id) => ({ type: 'tokenize', id, text }))) {
      if (reply.type === 'tokens') return reply.tokens;
    }
    throw generationError('the process of llama.cpp made no tokens');
  }

  return {
    name: 'llama',
    computeType: 'cpu',
    fingerprint,
    baseModelIds: baseModel && baseModel !== facts.name ? [facts.name, baseModel] : [facts.name],
    info: () => infoOf(facts, worker),
    tokenize,
    chatPrompt: (messages) => chatPrompt(messages, facts.chatTemplate),
    generate,
    embed,
    adapters: () => adapters.entries(),
    loadAdapter: (ref, signal) => adapters.load(ref, undefined, signal),
    pinAdapter: (ref, pinned, signal) => adapters.load(ref, pinned, signal),
    unloadAdapter: (id) => adapters.unload(id),
    stats: () => ({ ...counts }),
    async dispose() {
      await llama.dispose();
      await adapters.dispose();
    },
  };
}

/** Changes with the model file. Its name, size and time have to do: to read gigabytes would take too long. */
async function stampOf(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return createHash('sha256').update(`${file}:${size}:${mtimeMs}`).digest('hex').slice(0, 8);
}

function infoOf({ name, type, contextTokens }: ModelFacts, { sequences, activeAdapters }: WorkerOptions): LoraxInfo {
  return {
    model_id: name,
    model_sha: null,
    model_dtype: type,
    model_device_type: 'cpu',
    model_pipeline_tag: 'text-generation',
    max_concurrent_requests: MAX_CONCURRENT,
    max_best_of: 2,
    max_stop_sequences: 10,
    max_input_length: contextTokens - 1,
    max_total_tokens: contextTokens,
    max_batch_total_tokens: contextTokens * sequences * activeAdapters,
    version: LLAMA_VERSION,
    sha: null,
    docker_label: null,
    request_logger_url: null,
  };
}
