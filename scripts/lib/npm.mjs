import path from 'node:path';
import { runQuietly } from './steps.mjs';

// What an outer `npm run` exports to its scripts must not steer an inner npm.
const OUTER_SETTINGS = ['ignore_scripts', 'local_prefix', 'omit', 'include', 'production', 'user_agent', 'workspace'];

/**
 * Runs npm in a folder: the one that runs us (`npm_execpath`), else the one on PATH.
 * @param {string[]} args
 * @param {{cwd: string, node?: string, nodeHome?: string}} options `nodeHome`: a folder with Node's headers, for node-gyp;
 *   it wins over a `nodedir` of the user's npm configuration, which may belong to another Node
 */
export async function npm(args, { cwd, node = process.execPath, nodeHome }) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' };
  for (const name of OUTER_SETTINGS) delete env[`npm_config_${name}`];
  for (const name of ['NODE_OPTIONS', 'NODE_ENV']) delete env[name];
  env.PATH = path.dirname(node) + path.delimiter + env.PATH;
  if (nodeHome) env.npm_config_nodedir = nodeHome;
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.c?js$/.test(cli)) return runQuietly(node, [cli, ...args], { cwd, env });
  // npm is a .cmd file on Windows, which only a shell starts; the arguments are our own words.
  return runQuietly('npm', args, { cwd, env, shell: process.platform === 'win32' });
}
