import type { EngineName } from '../contracts/lorax.ts';
import type { ServiceBusEntities } from '../contracts/servicebus.ts';
import type { Clock } from '../core/clock.ts';
import { type AsyncDisposableLike, Disposer } from '../core/disposal.ts';
import { newSecret } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { lockDataFolder } from './data-lock.ts';
import { type Lorax, type ModelOptions, startLorax } from './lorax/index.ts';
import { startServiceBus } from './servicebus/index.ts';
import { newStorageKey, startStorage } from './storage/index.ts';

/** Secrets of one run; a restarted cloud is given those of the one before, so that its clients go on. */
export interface CloudKeys {
  serviceBus: string;
  /** Base64. */
  storage: string;
  lorax: string;
}

export interface CloudPorts {
  serviceBus: number;
  blob: number;
  table: number;
  lorax: number;
}

export interface LocalCloudOptions {
  entities: ServiceBusEntities;
  /** Storage keeps its files here; the folder is locked. Undefined = everything in memory. */
  dataDir?: string | undefined;
  /** Preferred ports; the next free one is taken, 0 = any. Default 5672, 10000, 10002 and 8080. */
  ports?: Partial<CloudPorts>;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default new ones. */
  keys?: Partial<CloudKeys> | undefined;
  model?: ModelOptions;
  clock?: Clock;
  /** Called when a part dies after the start: the cloud is of no use then. */
  onCrash?: ((error: Error) => void) | undefined;
  logger: Logger;
}

type ServiceBus = Awaited<ReturnType<typeof startServiceBus>>;

export interface LocalCloudStats {
  serviceBus: ReturnType<ServiceBus['stats']>;
  lorax: ReturnType<Lorax['stats']>;
}

export interface LocalCloud {
  /** Connection strings. */
  serviceBus: string;
  storage: string;
  /** URLs. */
  blob: string;
  table: string;
  lorax: string;
  loraxKey: string;
  engine: EngineName;
  keys: CloudKeys;
  ports: CloudPorts;
  timings: { serviceBusMs: number; storageMs: number; loraxMs: number };
  stats(): LocalCloudStats;
  dispose(): Promise<void>;
}

const DEFAULT_PORTS: CloudPorts = { serviceBus: 5672, blob: 10_000, table: 10_002, lorax: 8080 };

/**
 * Starts the local cloud: a Service Bus, blob and table storage, and a LoRAX endpoint, at the same time. If one fails
 * the others are stopped.
 * @throws AosError AOS_DATA_LOCKED, AOS_PORT_TAKEN, AOS_STORAGE, …
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { entities, dataDir, host = '127.0.0.1', clock, logger, onCrash, model = {} } = options;
  const ports = { ...DEFAULT_PORTS, ...options.ports };
  const keys: CloudKeys = {
    serviceBus: options.keys?.serviceBus ?? newSecret(),
    storage: options.keys?.storage ?? newStorageKey(),
    lorax: options.keys?.lorax ?? newSecret(),
  };
  const withClock = clock ? { clock } : {};
  const disposer = new Disposer();
  if (dataDir !== undefined) {
    const lock = await lockDataFolder(dataDir);
    disposer.defer(() => lock.release());
  }
  const storageOptions = { host, blobPort: ports.blob, tablePort: ports.table, dataDir, key: keys.storage, onCrash };
  const loraxOptions = { host, port: ports.lorax, apiKey: keys.lorax, ...model };
  const starting = [
    timed(
      startServiceBus({
        ...{ host, port: ports.serviceBus, key: keys.serviceBus, entities },
        ...withClock,
        logger: logger.child('servicebus'),
      }),
      disposer,
    ),
    timed(startStorage({ ...storageOptions, logger: logger.child('storage') }), disposer),
    timed(startLorax({ ...loraxOptions, ...withClock, logger: logger.child('lorax') }), disposer),
  ] as const;
  try {
    const [serviceBus, storage, lorax] = await Promise.all(starting);
    return {
      serviceBus: serviceBus.part.connectionString,
      storage: storage.part.connectionString,
      blob: storage.part.blobUrl,
      table: storage.part.tableUrl,
      lorax: lorax.part.url,
      loraxKey: keys.lorax,
      engine: lorax.part.engine,
      keys,
      ports: {
        serviceBus: serviceBus.part.port,
        blob: storage.part.blobPort,
        table: storage.part.tablePort,
        lorax: lorax.part.port,
      },
      timings: { serviceBusMs: serviceBus.tookMs, storageMs: storage.tookMs, loraxMs: lorax.tookMs },
      stats: () => ({ serviceBus: serviceBus.part.stats(), lorax: lorax.part.stats() }),
      dispose: () => disposer.dispose(),
    };
  } catch (error) {
    // Those that still start are waited for: they must not come up after the others are gone.
    await Promise.allSettled(starting);
    await disposer.dispose();
    throw error;
  }
}

async function timed<T extends AsyncDisposableLike>(
  starting: Promise<T>,
  disposer: Disposer,
): Promise<{ part: T; tookMs: number }> {
  const startMs = performance.now();
  const part = disposer.add(await starting);
  return { part, tookMs: Math.round(performance.now() - startMs) };
}
