/**
 * Entry of the Functions app, by `main` of its package.json: the same replica as everywhere, but that the host of Azure
 * Functions takes the sessions and answers for HTTP. Nothing else loads it.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import { hostingNames, readSetting } from '../contracts/environment-names.ts';
import { AosError } from '../core/errors.ts';
import { createLogger, type LogLevel, stderrWriter } from '../core/logger.ts';
import { createRuntime } from '../server/runtime.ts';
import { type FunctionsReplica, registerFunctions } from './host.ts';
import { TriggeredShards } from './triggered-shards.ts';

registerFunctions(startReplica);

async function startReplica(): Promise<FunctionsReplica> {
  const { env } = process;
  const replica = readSetting(env, 'replica') ?? env.WEBSITE_INSTANCE_ID ?? hostname();
  const level = (env.AOS_LOG_LEVEL?.toLowerCase() ?? 'info') as LogLevel;
  const logger = createLogger({ scope: replica, level, write: stderrWriter });
  let shards: TriggeredShards | undefined;
  const runtime = await createRuntime({
    // The package has the bundle in dist/runtime, and the workspace beside dist.
    folder: env.AOS_FOLDER ?? path.join(import.meta.dirname, '../../workspace'),
    env: { ...env, [hostingNames.hosts[0]]: hostsOf(env) },
    replica,
    takeShards: (options) => {
      shards = new TriggeredShards(options);
      return shards;
    },
    // The host starts the process again.
    onOutdated: () => process.exit(1),
    logger,
  });
  return {
    http: runtime.http,
    receive: async (message) => {
      if (!shards) throw new AosError('AOS_INTERNAL', 'The replica takes its shards by itself.');
      return shards.receive(message);
    },
    dispose: () => runtime.dispose(),
  };
}

/** The app's own name, and those that are configured. */
const hostsOf = (env: NodeJS.ProcessEnv): string =>
  [readSetting(env, 'hosts'), env.WEBSITE_HOSTNAME?.replace(/:\d+$/, '')].filter(Boolean).join(',');
