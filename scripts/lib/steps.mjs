import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @type {NodeJS.WritableStream} */
let out = process.stdout;
/** The name of the step whose line stands unfinished at the end of the output. @type {string | undefined} */
let openLine;

/** Sends the lines of the steps to stderr: stdout then belongs to the command's own answer. */
export function stepsToStderr() {
  out = process.stderr;
}

/** Prints a line between steps. @param {string} text */
export function note(text) {
  if (openLine) out.write('\n');
  openLine = undefined;
  out.write(`${text}\n`);
}

/** @param {number} startMs of performance.now() */
export const secondsSince = (startMs) => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;

/**
 * Does one step and prints `name … 27.1 s`: the name when it starts, the duration when it is done. Steps may overlap.
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const start = performance.now();
  if (openLine) out.write('\n');
  out.write(`${name} … `);
  openLine = name;
  const end = (/** @type {string} */ text) => {
    if (openLine === name) out.write(`${text}\n`);
    else note(`${name} … ${text}`);
    openLine = undefined;
  };
  try {
    const result = await work();
    end(secondsSince(start));
    return result;
  } catch (error) {
    end(`failed after ${secondsSince(start)}`);
    throw error;
  }
}

/** Something the user can put right: its message is shown alone, without a stack. */
export class SetupError extends Error {}

/**
 * What to show of an error: of one the user can put right its message, of a mistake of ours the stack.
 * @param {unknown} error
 */
export function told(error) {
  if (error instanceof SetupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Runs a command to its end; what it printed is shown only if it fails (or as it comes with AOS_VERBOSE=1).
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean}} [options]
 * @returns {Promise<string>} what it printed
 * @throws SetupError with the last lines that it printed
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    const take = (/** @type {string} */ text) => {
      printed += text;
      if (process.env.AOS_VERBOSE) out.write(text);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const fail = (/** @type {string} */ why) => {
      const tail = printed.trimEnd().split('\n').slice(-25).join('\n');
      reject(new SetupError(`${[command, ...args].join(' ')}: ${why}\n${tail}`));
    };
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => (code === 0 ? resolve(printed) : fail(`ended with ${signal ?? code}`)));
  });
}

/**
 * Runs `main` if the module at `url` is the script that Node was started with; an error ends the process with status 1.
 * @param {string} url `import.meta.url` (`import.meta.main` is not in Node 20)
 * @param {() => Promise<number | void>} main gives the exit status, default 0
 */
export async function runAsScript(url, main) {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== fileURLToPath(url)) return;
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(told(error));
    process.exitCode = 1;
  }
}
