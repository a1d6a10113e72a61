import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type LauncherCommand, type LauncherEvent, launcherCommandSchema, type Ready } from '../contracts/launcher.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { createLogger, type Logger, type LogLevel, stderrWriter, terminalWriter } from '../core/logger.ts';
import { removeInstance, writeInstance } from '../launcher/instances.ts';
import { Launcher } from '../launcher/launcher.ts';
import { readConfig } from '../server/config-source.ts';
import { type ModelFlags, modelOptions } from './model-options.ts';

export interface UpOptions extends ModelFlags {
  replicas?: number;
  port: number;
  data?: string;
  memory?: boolean;
  restart: boolean;
  json?: boolean;
  profile?: string;
}

/**
 * `aos up`: runs until it is told to stop, by a signal or by the process that forked it.
 * @param entry file of `main`
 */
export async function up(folder: string, options: UpOptions, entry: string): Promise<void> {
  const root = path.resolve(folder);
  const forked = process.send !== undefined;
  // In a terminal the log is for people and only what they should act on; an IDE, and --json, get every record.
  const forPeople = !forked && options.json !== true;
  const level = (process.env.AOS_LOG_LEVEL?.toLowerCase() ?? (forPeople ? 'warn' : 'info')) as LogLevel;
  const write = forPeople ? terminalWriter : stderrWriter;
  const logger = createLogger({ scope: 'launcher', level, write });
  let launcher: Launcher | undefined;
  try {
    const config = await readConfig(root);
    const { base, file } = config.model;
    launcher = new Launcher({
      folder: root,
      config,
      replicas: options.replicas,
      port: options.port,
      dataDir: options.memory ? null : path.resolve(options.data ?? path.join(root, '.aos')),
      model: {
        ...modelOptions(options, { baseModel: base, modelFile: file && path.resolve(root, file) }),
        ...(await profileOf(options.profile)),
      },
      restart: options.restart,
      nodeArguments: parseNodeArguments(process.env.AOS_NODE_ARGUMENTS),
      entry,
      env: { ...process.env, AOS_LOG_LEVEL: level },
      logger,
      writeRecord: write,
    });
    const ended = runUntilStopped(launcher, logger, (event) => forked && process.send?.(event));
    const ready = await launcher.start();
    print(ready, options.json === true);
    await ended;
  } catch (error) {
    // A failure before the launcher existed is told in the launcher's own words.
    if (!launcher && forked) await tellParent(failedConfig(error));
    throw error;
  }
}

/** Wires the ways to stop it, keeps the instance registry, and resolves when everything has stopped. */
function runUntilStopped(launcher: Launcher, logger: Logger, tell: (event: LauncherEvent) => void): Promise<void> {
  return new Promise((resolve) => {
    launcher.onEvent((event) => {
      tell(event);
      if (event.type === 'ready') {
        writeInstance(event.ready).catch((error) =>
          logger.warn('the instance registry could not be written', { error }),
        );
      }
      if (event.type === 'failed') process.exitCode = 1;
      if (event.type === 'stopped') {
        removeInstance(process.pid)
          .catch((error) => logger.warn('the instance registry could not be written', { error }))
          .finally(() => {
            resolve();
            // A 'failed' may follow 'stopped' in the same turn; then leave, whatever still holds the loop.
            setImmediate(() => setImmediate(() => process.exit()));
          });
      }
    });
    process.on('SIGINT', () => void launcher.stop());
    process.on('SIGTERM', () => void launcher.stop());
    process.on('SIGHUP', () => void launcher.stop());
    process.on('disconnect', () => void launcher.stop());
    process.on('message', (message) => obey(launcher, launcherCommandSchema.safeParse(message).data, logger));
  });
}

function obey(launcher: Launcher, command: LauncherCommand | undefined, logger: Logger): void {
  if (command?.type === 'stop') void launcher.stop();
  if (command?.type === 'replicas') {
    launcher
      .setReplicas(command.count)
      .catch((error) => logger.error('the number of replicas could not be changed', { error }));
  }
}

function print(ready: Ready, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    return;
  }
  const engine = ready.engine === 'simulated' ? 'simulated: answers are made up, no model runs' : ready.engine;
  process.stdout.write(
    [
      `${ready.name} is running.`,
      `  HTTP API      ${ready.http}`,
      `  Service Bus   ${ready.serviceBus}`,
      `  Storage       ${ready.blob}, ${ready.table}`,
      `  LoRAX         ${ready.lorax} (${engine})`,
      `  Data          ${ready.dataDir ?? 'in memory only'}`,
      `  Processes     launcher ${ready.pids.launcher}, cloud ${ready.pids.cloud}, replicas ${ready.pids.replicas.join(' ')}`,
      'Ctrl+C stops it.',
      '',
    ].join('\n'),
  );
}

const failedConfig = (error: unknown): LauncherEvent => ({
  type: 'failed',
  failure: 'config',
  code: 'AOS_CONFIG_INVALID',
  message: error instanceof Error ? error.message : String(error),
});

function tellParent(event: LauncherEvent): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send) resolve();
    else process.send(event, () => resolve());
  });
}

async function profileOf(file: string | undefined) {
  if (file === undefined) return {};
  try {
    return { profile: z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8'))) };
  } catch (cause) {
    throw new AosError('AOS_CONFIG_INVALID', `The profile ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parseNodeArguments(text: string | undefined): string[] {
  return text ? (JSON.parse(text) as string[]) : [];
}
