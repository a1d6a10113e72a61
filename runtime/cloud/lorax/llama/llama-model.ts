import path from 'node:path';
import type { PromptToken } from '../engine.ts';
import { FullBatches } from './full-batches.ts';
import type { LlamaApi, LlamaApiModel, LlamaApiRuntime } from './llama-api.ts';
import { LoraContext } from './lora-context.ts';
import type { LoraFile, ModelFacts, WorkerOptions } from './protocol.ts';
import { TextPieces } from './text-pieces.ts';
import { UnsupportedRequest } from './unsupported-request.ts';

/** Lines of llama.cpp's log kept for the reason of a failure, which its errors lack. */
const LOG_LINES = 4;

/** A GGUF base model in memory. */
export class LlamaModel {
  readonly facts: ModelFacts;
  readonly #llama: LlamaApi;
  readonly #runtime: LlamaApiRuntime;
  readonly #model: LlamaApiModel;
  readonly #options: WorkerOptions;
  readonly #log: string[];
  #embedding: Promise<Awaited<ReturnType<LlamaApiModel['createEmbeddingContext']>>> | undefined;

  private constructor(
    llama: LlamaApi,
    runtime: LlamaApiRuntime,
    model: LlamaApiModel,
    options: WorkerOptions,
    log: string[],
  ) {
    this.#llama = llama;
    this.#runtime = runtime;
    this.#model = model;
    this.#options = options;
    this.#log = log;
    const { general, tokenizer } = model.fileInfo.metadata;
    this.facts = {
      name: general.name ?? path.basename(options.modelFile),
      type: model.typeDescription,
      contextTokens: this.#contextTokens,
      chatTemplate: tokenizer?.chat_template,
    };
  }

  /** @throws Error with llama.cpp's own reason if the file is no model, or does not fit into memory */
  static async load(llama: LlamaApi, options: WorkerOptions): Promise<LlamaModel> {
    const log: string[] = [];
    const runtime = await llama.getLlama({
      gpu: false,
      // A prebuilt binary or nothing: no compiler is started on the user's machine.
      build: 'never',
      maxThreads: options.threads,
      logLevel: llama.LlamaLogLevel.warn,
      logger: (_level, message) => {
        log.push(message.trim());
        log.splice(0, log.length - LOG_LINES);
      },
    });
    try {
      return new LlamaModel(llama, runtime, await runtime.loadModel({ modelPath: options.modelFile }), options, log);
    } catch (error) {
      throw withLog(error, log);
    }
  }

  get #contextTokens(): number {
    return Math.min(this.#options.contextTokens, this.#model.trainContextSize);
  }

  /** The tokens of a text, special ones (as chat templates have) included; the model's token for the beginning in front. */
  tokenize(text: string): PromptToken[] {
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    const begin = shouldPrependBosToken && bos !== null ? [bos] : [];
    const pieces = new TextPieces((tokens, before) => this.#detokenize(tokens, before), begin);
    return [
      ...begin.map((id) => ({ id: Number(id), text: '', logprob: null })),
      ...this.#model.tokenize(text, true).map((id) => ({ id: Number(id), text: pieces.next(id), logprob: null })),
    ];
  }

  /** Of unit length. @throws UnsupportedRequest for a text that does not fit */
  async embed(text: string): Promise<{ vector: number[]; promptTokens: number }> {
    const promptTokens = this.tokenize(text).length;
    if (promptTokens >= this.#contextTokens) {
      throw new UnsupportedRequest(
        `\`inputs\` must have less than ${this.#contextTokens} tokens. Given: ${promptTokens}`,
      );
    }
    this.#embedding ??= this.#model.createEmbeddingContext({
      contextSize: this.#contextTokens,
      threads: this.#options.threads,
    });
    const { vector } = await (await this.#embedding).getEmbeddingFor(text);
    const length = Math.hypot(...vector) || 1;
    return { vector: vector.map((component) => component / length), promptTokens };
  }

  /** @throws Error with llama.cpp's own reason if an adapter cannot be used with this model */
  async createContext(adapters: readonly LoraFile[]): Promise<LoraContext> {
    const { threads, sequences } = this.#options;
    const batches = new FullBatches();
    try {
      const context = await this.#model.createContext({
        contextSize: this.#contextTokens,
        sequences,
        threads,
        batching: { itemPrioritizationStrategy: batches.choose },
        ...(adapters.length === 0
          ? {}
          : { lora: { adapters: adapters.map(({ file, scale }) => ({ filePath: file, scale })) } }),
      });
      return new LoraContext({
        context,
        batches,
        model: this.#model,
        llama: this.#llama,
        runtime: this.#runtime,
        detokenize: (tokens, before) => this.#detokenize(tokens, before),
      });
    } catch (error) {
      throw withLog(error, this.#log);
    }
  }

  /** Takes an adapter out of memory; no context may use it. llama.cpp itself would keep it as long as the model. */
  async forget(file: string): Promise<void> {
    const adapters = this.#model._loraAdapters;
    const adapter = adapters?.get(file);
    if (!adapter?.dispose) return;
    adapters?.delete(file);
    await adapter.dispose();
  }

  #detokenize(tokens: readonly number[], before: readonly number[]): string {
    return this.#model.detokenize(tokens, false, before);
  }
}

/** llama.cpp tells the reason to its log only. */
function withLog(error: unknown, log: readonly string[]): Error {
  const message = error instanceof Error ? error.message : String(error);
  const why = log.filter((line) => !message.includes(line)).join('; ');
  return new Error(why === '' ? message : `${message}: ${why}`, { cause: error });
}
