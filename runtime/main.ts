/**
 * Entry of every process of the system: `main cloud`, `main replica`, `main benchmark` (measures for the editor),
 * `main deploy` (talks to Azure for the editor), and `main up …` (the launcher, the same as `aos up`).
 * Each role loads its own code only.
 */
import { hostname } from 'node:os';
import { readSetting } from './contracts/environment-names.ts';
import { AosError, isAosError, messageOf } from './core/errors.ts';
import { createLogger, type Logger, type LogLevel, stderrWriter } from './core/logger.ts';
import {
  type ChildMessage,
  cloudOptionsSchema,
  servicesMessageSchema,
  stopMessageSchema,
} from './launcher/child-messages.ts';
import { takeConnections } from './launcher/connections.ts';

const [role, ...rest] = process.argv.slice(2);
if (role === 'cloud') await runRole('cloud', runCloud);
else if (role === 'replica') await runRole(replicaName(), runReplica);
else if (role === 'benchmark') await (await import('./commands/measure-process.ts')).measureProcess();
else if (role === 'deploy' && process.connected) {
  await (await import('./commands/deploy-process.ts')).deployProcess(import.meta.dirname);
} else {
  const { main } = await import('./cli.ts');
  process.exitCode = await main(role === undefined ? [] : [role, ...rest]);
}

/** The local cloud: the services that Azure would answer for. */
async function runCloud(logger: Logger): Promise<() => Promise<void>> {
  const { startLocalCloud } = await import('./cloud/index.ts');
  const { entities } = await import('./messaging/entities.ts');
  const options = cloudOptionsSchema.parse(JSON.parse(process.env.AOS_CLOUD ?? '{}'));
  const cloud = await startLocalCloud({
    entities,
    dataDir: options.dataDir ?? undefined,
    ports: options.ports,
    keys: options.keys,
    host: '127.0.0.1',
    model: options.model,
    // Half a cloud is worse than none: the launcher starts a whole one again.
    onCrash: (error) => {
      logger.error('a part of the local cloud died', { error });
      process.exit(1);
    },
    logger,
  });
  const { serviceBus, storage, blob, table, lorax, loraxKey, engine, ports, keys } = cloud;
  tellLauncher({
    type: 'cloud-ready',
    cloud: { serviceBus, storage, blob, table, lorax, loraxKey, engine, ports, keys },
  });
  return () => cloud.dispose();
}

/** Another one for each replica: a container without a name of its own has at least a host name. */
function replicaName(): string {
  return readSetting(process.env, 'replica') ?? hostname();
}

/** One replica; in a container it is the whole process, configured by its environment alone. */
async function runReplica(logger: Logger): Promise<() => Promise<void>> {
  const services = process.env.AOS_SERVICES === 'launcher' ? servicesOfLauncher() : undefined;
  const { createRuntime } = await import('./server/runtime.ts');
  Object.assign(process.env, await services);
  const runtime = await createRuntime({
    folder: process.env.AOS_FOLDER ?? process.cwd(),
    replica: replicaName(),
    token: process.env.AOS_TOKEN,
    onOutdated: () => {
      logger.error('the number of shards has changed while this replica was silent; it ends, to be started again');
      process.exit(1);
    },
    scale: process.connected ? (replicas) => void tellLauncher({ type: 'scale', replicas }) : undefined,
    logger,
  });
  if (process.env.AOS_INGRESS === 'launcher') {
    await runtime.http.ready();
    takeConnections(runtime.http.server);
  } else {
    const address = await runtime.listen({
      host: readSetting(process.env, 'bind'),
      port: Number(readSetting(process.env, 'port') ?? 7071),
    });
    logger.info(`listening on ${address}`);
  }
  tellLauncher({ type: 'replica-ready' });
  return () => runtime.dispose();
}

/** Where the local cloud is: the launcher says so when it is ready, which may be long after this process began to load. */
function servicesOfLauncher(): Promise<Record<string, string>> {
  return new Promise((resolve) => {
    process.on('message', (raw) => {
      const message = servicesMessageSchema.safeParse(raw).data;
      if (message) resolve(message.env);
    });
  });
}

/** Starts a role, and stops it when the launcher says so, when the launcher is gone, or on SIGTERM. */
async function runRole(scope: string, start: (logger: Logger) => Promise<() => Promise<void>>): Promise<void> {
  const level = (process.env.AOS_LOG_LEVEL?.toLowerCase() ?? 'info') as LogLevel;
  const logger = createLogger({ scope, level, write: stderrWriter });
  process.on('unhandledRejection', (error) => logger.error('a promise was rejected and nobody listened', { error }));
  let stop: (() => Promise<void>) | undefined;
  let leaving = false;
  const leave = async (reason: string) => {
    if (leaving) return;
    leaving = true;
    logger.info(`leaving: ${reason}`);
    await stop?.().catch((error) => logger.error('not everything could be closed', { error }));
    process.exit(0);
  };
  process.on('message', (message) => {
    if (stopMessageSchema.safeParse(message).success) void leave('asked to');
  });
  process.on('disconnect', () => void leave('the launcher is gone'));
  process.on('SIGTERM', () => void leave('SIGTERM'));
  // Ctrl+C reaches the whole group; with a launcher it is the launcher that stops us, in order.
  process.on('SIGINT', () => process.connected || void leave('SIGINT'));
  try {
    stop = await start(logger);
  } catch (error) {
    logger.error(messageOf(error), { error });
    const failure = isAosError(error) ? error : new AosError('AOS_INTERNAL', messageOf(error), { cause: error });
    await tellLauncher({ type: 'failed', code: failure.code, message: failure.message });
    process.exit(1);
  }
}

function tellLauncher(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send) resolve();
    else process.send(message, () => resolve());
  });
}
