import path from 'node:path';
import { aosHome } from '../core/aos-home.ts';

type Environment = Record<string, string | undefined>;

/**
 * Environment of a process of the system: this one's, and what is its own. Node keeps what it has compiled for the next
 * start, in `compile-cache` of the user's folder, unless it has a place for that already.
 */
export function childEnvironment(own: Environment, env: Environment = process.env): NodeJS.ProcessEnv {
  return { NODE_COMPILE_CACHE: path.join(aosHome(env), 'compile-cache'), ...env, ...own } as NodeJS.ProcessEnv;
}
