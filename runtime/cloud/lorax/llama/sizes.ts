import { stat } from 'node:fs/promises';
import type { WorkerOptions } from './protocol.ts';

const GIB = 1024 ** 3;

/**
 * How much is computed at a time. Each place costs the memory of its tokens, which grows with the model: for Llama 3.1 8B
 * 128 KiB a token, so 0.25 GiB for 2048 of them. Small models have room for what the GPU would do.
 */
export async function llamaSizes(
  modelFile: string,
): Promise<Pick<WorkerOptions, 'contextTokens' | 'sequences' | 'activeAdapters'>> {
  const { size } = await stat(modelFile);
  return {
    contextTokens: 2048,
    ...(size < GIB ? { sequences: 8, activeAdapters: 16 } : { sequences: 2, activeAdapters: 3 }),
  };
}
