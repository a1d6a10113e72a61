import type { FullBatches } from './full-batches.ts';

/**
 * The part of node-llama-cpp 3.21 that is used (node-llama-cpp.withcat.ai/api). The package is found on the user's machine
 * and is not among the project's own, so its types are written down here.
 */
export interface LlamaApi {
  LlamaLogLevel: { warn: string };
  LlamaGrammarEvaluationState: new (options: { model: LlamaApiModel; grammar: object }) => object;
  getLlama(options: {
    gpu: false;
    /** `never`: a prebuilt binary or nothing. */
    build: 'never';
    maxThreads: number;
    logLevel: string;
    logger: (level: string, message: string) => void;
  }): Promise<LlamaApiRuntime>;
}

export interface LlamaApiRuntime {
  loadModel(options: { modelPath: string }): Promise<LlamaApiModel>;
  createGrammar(options: { grammar: string }): Promise<object>;
}

export interface LlamaApiModel {
  readonly fileInfo: {
    metadata: { general: { name?: string | undefined }; tokenizer?: { chat_template?: string | undefined } };
  };
  readonly typeDescription: string;
  readonly trainContextSize: number;
  readonly tokens: { bos: number | null; shouldPrependBosToken: boolean };
  tokenize(text: string, specialTokens: boolean): number[];
  /** Not in its documentation, so it may be gone: the adapters in memory, by the paths of their files. */
  readonly _loraAdapters?: Map<string, { dispose?(): Promise<void> }>;
  /** @param before tokens in front of them, which decide about a leading space */
  detokenize(tokens: readonly number[], specialTokens: boolean, before: readonly number[]): string;
  isEogToken(token: number): boolean;
  createContext(options: {
    /** Tokens of each sequence. */
    contextSize: number;
    sequences: number;
    threads: number;
    batching: { itemPrioritizationStrategy: FullBatches['choose'] };
    lora?: { adapters: { filePath: string; scale: number }[] };
  }): Promise<LlamaApiContext>;
  createEmbeddingContext(options: {
    contextSize: number;
    threads: number;
  }): Promise<{ getEmbeddingFor(text: string): Promise<{ vector: readonly number[] }> }>;
}

export interface LlamaApiContext {
  readonly totalSequences: number;
  getSequence(): LlamaApiSequence;
  dispose(): Promise<void>;
}

export interface LlamaApiSequence {
  evaluateWithMetadata(
    tokens: readonly number[],
    wanted: { confidence: true; probabilities: boolean },
    options: EvaluateOptions,
  ): AsyncGenerator<{ token: number; confidence: number; probabilities?: Map<number, number> }>;
  clearHistory(): Promise<void>;
}

export interface EvaluateOptions {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  seed?: number;
  repeatPenalty?: {
    punishTokens: () => readonly number[];
    penalty: number;
    frequencyPenalty: number;
    presencePenalty: number;
  };
  grammarEvaluationState?: object;
  /** The end-of-text token is given out like any other. */
  yieldEogToken: true;
}
