import path from 'node:path';
import { DEFAULT_BASE_MODEL } from '../contracts/config.ts';
import { createLogger, type Logger, type LogLevel, stderrWriter, terminalWriter } from '../core/logger.ts';
import { type ModelFlags, modelOptions } from './model-options.ts';

export interface CloudCommandOptions extends ModelFlags {
  data?: string;
  memory?: boolean;
  json?: boolean;
}

/** What of the local cloud this command needs; `cli.ts` passes the real one in. */
interface StartedCloud {
  serviceBus: string;
  storage: string;
  blob: string;
  table: string;
  lorax: string;
  loraxKey: string;
  engine: string;
  dispose(): Promise<void>;
}
export type StartCloud = (options: {
  dataDir: string | undefined;
  model: ReturnType<typeof modelOptions>;
  logger: Logger;
}) => Promise<StartedCloud>;

/** `aos cloud`: the local cloud alone, until a signal. */
export async function cloud(options: CloudCommandOptions, start: StartCloud): Promise<void> {
  const level = (process.env.AOS_LOG_LEVEL?.toLowerCase() ?? (options.json ? 'info' : 'warn')) as LogLevel;
  const logger = createLogger({ scope: 'cloud', level, write: options.json ? stderrWriter : terminalWriter });
  const started = await start({
    dataDir: options.memory ? undefined : path.resolve(options.data ?? '.aos'),
    model: modelOptions(options, { baseModel: DEFAULT_BASE_MODEL }),
    logger,
  });
  const { serviceBus, storage, blob, table, lorax, loraxKey, engine } = started;
  const ready = {
    ready: true,
    serviceBus,
    storage,
    blob,
    table,
    lorax,
    loraxKey,
    engine,
    pids: { cloud: process.pid },
  };
  process.stdout.write(
    options.json
      ? `${JSON.stringify(ready)}\n`
      : [
          'The local cloud is running.',
          `  Service Bus   ${serviceBus}`,
          `  Storage       ${storage}`,
          `  LoRAX         ${lorax} (${engine}), key ${loraxKey}`,
          'Ctrl+C stops it.',
          '',
        ].join('\n'),
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.once('disconnect', () => resolve());
  });
  await started.dispose();
  process.exit();
}
