import type { EngineName, Failures } from '../../contracts/lorax.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { listenNear } from '../ports.ts';
import { chooseEngine, type ModelOptions } from './choose-engine.ts';
import { FailureInjector } from './endpoint/failures.ts';
import { createEndpoint } from './endpoint/server.ts';
import type { AdapterEntry, EngineStats } from './engine.ts';

export type { ModelOptions } from './choose-engine.ts';
export type { SimulatedProfile } from './simulated/profile.ts';

export interface LoraxOptions extends ModelOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** The next free one is taken when it is in use; 0 = any. Default 8080. */
  port?: number;
  /** Every route but `GET /`, `/health` and `/ping` then wants it as bearer. */
  apiKey?: string | undefined;
  /** Failures from the start; later they are set by `POST /aos/failures`. */
  failures?: Failures | undefined;
  clock?: Clock;
  logger: Logger;
}

export interface Lorax {
  port: number;
  /** e.g. `http://127.0.0.1:8080` */
  url: string;
  engine: EngineName;
  adapters(): AdapterEntry[];
  stats(): EngineStats;
  /** Ends running requests, then closes the port. */
  dispose(): Promise<void>;
}

/**
 * Starts the LoRAX-compatible endpoint.
 * @throws AosError AOS_PORT_TAKEN; AOS_CONFIG_INVALID if the engine `llama` was asked for and cannot run
 */
export async function startLorax(options: LoraxOptions): Promise<Lorax> {
  const { host = '127.0.0.1', port: preferredPort = 8080, clock = systemClock, logger } = options;
  const engine = await chooseEngine(options, { clock, logger });
  const failures = new FailureInjector({ failures: options.failures });
  const { server, url } = await listenNear(preferredPort, async (port) => {
    const server = createEndpoint({ engine, clock, logger, failures }, { apiKey: options.apiKey });
    return { server, url: await server.listen({ host, port }) };
  }).catch(async (error: unknown) => {
    await engine.dispose();
    throw error;
  });
  const { port } = new URL(url);
  logger.info('LoRAX endpoint is ready.', { url, engine: engine.name });
  let disposed: Promise<void> | undefined;
  return {
    port: Number(port),
    url,
    engine: engine.name,
    adapters: () => engine.adapters(),
    stats: () => engine.stats(),
    dispose() {
      disposed ??= engine.dispose().then(() => server.close());
      return disposed;
    },
  };
}
