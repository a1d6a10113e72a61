import path from 'node:path';
import type { EngineChoice } from '../../runtime/contracts/launcher.ts';

/** What a person chose for the embedded endpoint on this machine; aos.json says the rest. */
export interface InferenceSettings {
  engine: EngineChoice;
  /** GGUF file of the base model; relative to the workspace folder; empty: as aos.json says. */
  modelFile: string;
  /** 0: cores − 1. */
  threads: number;
}

/**
 * How the launcher is told.
 * @param llamaFolder where the llama engine is installed on demand
 */
export function inferenceEnvironment(
  { engine, modelFile, threads }: InferenceSettings,
  { folder, llamaFolder }: { folder: string; llamaFolder: string },
): Record<string, string> {
  return {
    AOS_ENGINE: engine,
    AOS_LLAMA_FOLDER: llamaFolder,
    ...(modelFile === '' ? {} : { AOS_MODEL_FILE: path.resolve(folder, modelFile) }),
    ...(threads === 0 ? {} : { AOS_THREADS: String(threads) }),
  };
}
