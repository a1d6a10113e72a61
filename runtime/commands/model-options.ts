import path from 'node:path';
import { z } from 'zod';
import { type EngineChoice, engineChoices } from '../contracts/launcher.ts';
import { AosError } from '../core/errors.ts';

/** What the command line may say of the model that the embedded endpoint answers with. */
export interface ModelFlags {
  engine?: EngineChoice;
  /** GGUF file, relative to the current folder. */
  model?: string;
  threads?: number;
}

/** What an IDE sets; empty counts as not set. */
const environmentSchema = z.object({
  AOS_ENGINE: z.enum(engineChoices).optional(),
  AOS_MODEL_FILE: z.string().optional(),
  AOS_THREADS: z.coerce.number().int().min(1).optional(),
  AOS_LLAMA_FOLDER: z.string().optional(),
});

/**
 * The command line goes before the environment, and that before the workspace.
 * @param workspace `modelFile`: absolute
 * @throws AosError AOS_BAD_REQUEST that names the variable
 */
export function modelOptions(
  flags: ModelFlags,
  workspace: { baseModel: string; modelFile?: string | undefined },
  env: Record<string, string | undefined> = process.env,
) {
  const set = Object.entries(env).filter(([name, value]) => name in environmentSchema.shape && value !== '');
  const parsed = environmentSchema.safeParse(Object.fromEntries(set));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AosError('AOS_BAD_REQUEST', `${issue?.path.join('.')} is not valid: ${issue?.message}`);
  }
  const { AOS_ENGINE, AOS_MODEL_FILE, AOS_THREADS, AOS_LLAMA_FOLDER } = parsed.data;
  const file = flags.model ?? AOS_MODEL_FILE;
  return {
    baseModel: workspace.baseModel,
    engine: flags.engine ?? AOS_ENGINE,
    modelFile: file === undefined ? workspace.modelFile : path.resolve(file),
    threads: flags.threads ?? AOS_THREADS,
    engineFolder: AOS_LLAMA_FOLDER,
  };
}
