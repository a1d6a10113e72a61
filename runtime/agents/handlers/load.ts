import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AosError, messageOf } from '../../core/errors.ts';
import type { AgentDefinition } from '../define-agent.ts';

/**
 * Lets the files of a workspace `import … from 'aos-studio'` although nothing is installed there: the name leads to the
 * runtime that loads them.
 * @param url file URL of what handlers may use
 */
export function provideHandlerApi(url: string): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'aos-studio' ? { url, shortCircuit: true } : next(specifier, context),
  });
}

/**
 * Loads an agent's handlers. TypeScript is run as it is, by Node's own type stripping.
 * @param folder the workspace: a handler may not lie outside of it
 * @param file path relative to `folder`
 * @throws AosError AOS_HANDLER_LOAD
 */
export async function loadHandlers(folder: string, file: string): Promise<AgentDefinition> {
  const full = path.resolve(folder, file);
  const inside = path.relative(folder, full);
  if (inside.startsWith('..') || path.isAbsolute(inside)) {
    throw new AosError(
      'AOS_HANDLER_LOAD',
      `The handler ${file} lies outside of the workspace ${folder}. Move it into the workspace.`,
    );
  }
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(full).href);
  } catch (cause) {
    throw new AosError('AOS_HANDLER_LOAD', `The handler ${file} could not be loaded: ${messageOf(cause)}`, { cause });
  }
  const definition = module.agent ?? module.default;
  if (!isDefinition(definition)) {
    throw new AosError(
      'AOS_HANDLER_LOAD',
      `The handler ${file} exports no agent. Add: export const agent = defineAgent({ on: { … } });`,
    );
  }
  return definition;
}

function isDefinition(value: unknown): value is AgentDefinition {
  if (typeof value !== 'object' || value === null || !('on' in value)) return false;
  const { on } = value;
  return typeof on === 'object' && on !== null && Object.values(on).every((handler) => typeof handler === 'function');
}
