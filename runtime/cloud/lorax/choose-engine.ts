import { access } from 'node:fs/promises';
import os from 'node:os';
import type { EngineChoice } from '../../contracts/launcher.ts';
import type { Clock } from '../../core/clock.ts';
import { AosError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Engine } from './engine.ts';
import { findLlama } from './llama/install.ts';
import { createLlamaEngine } from './llama/llama-engine.ts';
import { llamaSizes } from './llama/sizes.ts';
import type { SimulatedProfile } from './simulated/profile.ts';
import { createSimulatedEngine } from './simulated/simulated-engine.ts';

/** Which model answers, and with what. */
export interface ModelOptions {
  /** The model the engine is, or stands in for, e.g. `meta-llama/Llama-3.1-8B`. */
  baseModel?: string | undefined;
  /** Default `auto`: llama where there is a model file and llama.cpp is installed, else simulated. */
  engine?: EngineChoice | undefined;
  /** GGUF file of the base model. */
  modelFile?: string | undefined;
  /** Threads of llama.cpp. Default: one less than there are processors. */
  threads?: number | undefined;
  /** Where llama.cpp was installed. Default: where `aos engine install` puts it. */
  engineFolder?: string | undefined;
  /** Of the simulated engine: what differs from the assumed profile, e.g. `{ timeScale: 0 }` for answers without waiting. */
  profile?: Partial<SimulatedProfile> | undefined;
}

interface Surroundings {
  clock: Clock;
  logger: Logger;
}

/** A real model where there is one and it can run; else the simulated engine, with one warning that says why. */
export async function chooseEngine(options: ModelOptions, surroundings: Surroundings): Promise<Engine> {
  const { engine = 'auto', modelFile, baseModel, profile } = options;
  const { clock, logger } = surroundings;
  if (engine !== 'simulated' && (modelFile !== undefined || engine === 'llama')) {
    try {
      return await startLlama(options, surroundings);
    } catch (error) {
      if (engine === 'llama') throw new AosError('AOS_CONFIG_INVALID', messageOf(error), { cause: error });
      logger.warn(`Answers are simulated: ${messageOf(error)}`, { error });
    }
  }
  return createSimulatedEngine({ clock, profile, baseModel });
}

async function startLlama(options: ModelOptions, { clock, logger }: Surroundings): Promise<Engine> {
  const { modelFile, baseModel, engineFolder, threads } = options;
  if (modelFile === undefined) {
    throw new Error('there is no model. Set model.file in aos.json to a GGUF file.');
  }
  await access(modelFile).catch(() => {
    throw new Error(`the model file ${modelFile} is not there. Check model.file in aos.json.`);
  });
  const modulePath = await findLlama(engineFolder);
  if (modulePath === undefined) throw new Error('llama.cpp is not installed. Install it with: aos engine install');
  return createLlamaEngine({
    ...{ modulePath, modelFile, baseModel, clock },
    ...(await llamaSizes(modelFile)),
    // llama.cpp waits busily: more threads than processors make it slower by orders of magnitude.
    threads: threads ?? Math.max(1, os.availableParallelism() - 1),
    logger: logger.child('llama'),
  });
}
