import path from 'node:path';
import type { LoraxOptions } from '../../../runtime/cloud/lorax/index.ts';
import { llamaFolder, prepareLlama } from '../../../scripts/llama.mjs';
import { makeTinyModel } from '../../../scripts/tiny-model.mjs';
import { startTestLorax, type TestLorax } from '../lorax/client.ts';

export const MODEL = makeTinyModel();

/** The embedded endpoint with the real llama.cpp and the tiny model, on one thread: it waits busily, and tests run beside it. */
export async function startLlamaLorax(options: Partial<LoraxOptions> = {}): Promise<TestLorax> {
  await prepareLlama();
  return startTestLorax({
    engine: 'llama',
    modelFile: MODEL.base,
    threads: 1,
    engineFolder: path.resolve(llamaFolder),
    ...options,
  });
}
