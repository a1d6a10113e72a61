import { AosError, isAosError, messageOf } from '../../core/errors.ts';
import { isUnknownRoute } from '../endpoint-error.ts';
import { SharedCall } from '../shared-call.ts';
import type { BackendCall, EndpointAdapter } from './backend.ts';

export interface NamedAdaptersOptions {
  /** Ids the server has now. */
  list(call: BackendCall): Promise<ReadonlySet<string>>;
  load(id: string, adapter: EndpointAdapter, call: BackendCall): Promise<void>;
}

interface Named {
  id: string;
  /** It loads none while it runs, says this error: the name is its own to judge. */
  unloadable?: unknown;
}

/** A server may fetch an adapter of gigabytes from a hub. */
const LOAD_TIME_LIMIT_MS = 300_000;

/**
 * The ids of adapters at a server that loads them by name while it runs. One that was started with `ceo` is asked for `ceo`;
 * else `ceo@<revision>` is loaded, once for all who wait for it: under a name of its own, since new weights under the name
 * of the old ones are answered from the old ones' prefix cache (vllm-project/vllm#42125).
 */
export class NamedAdapters {
  readonly #options: NamedAdaptersOptions;
  readonly #named = new Map<string, { call: SharedCall<Named>; named?: Named }>();

  constructor(options: NamedAdaptersOptions) {
    this.#options = options;
  }

  /** @throws AosError AOS_ADAPTER_REFUSED if the server refuses to load it */
  async idOf(adapter: EndpointAdapter, call: BackendCall): Promise<string> {
    // The endpoint is to know what nobody registered.
    return adapter.revision === undefined ? adapter.name : (await this.#name(adapter, call)).id;
  }

  /** @throws as `idOf`; the error of an unknown route if the server loads none while it runs */
  async load(adapter: EndpointAdapter, call: BackendCall): Promise<void> {
    const { unloadable } = await this.#name(adapter, call);
    if (unloadable !== undefined) throw unloadable;
  }

  /** The id it has at the server, or would have. Loads nothing. */
  async currentId(adapter: EndpointAdapter, call: BackendCall): Promise<string> {
    const ids = await this.#options.list(call);
    return idsOf(adapter).find((id) => ids.has(id)) ?? ownId(adapter);
  }

  /** @returns whether the server knew it before */
  forget(adapter: EndpointAdapter): boolean {
    const entry = this.#named.get(ownId(adapter));
    this.#named.delete(ownId(adapter));
    return entry?.named !== undefined && entry.named.unloadable === undefined;
  }

  async #name(adapter: EndpointAdapter, { client, signal }: BackendCall): Promise<Named> {
    const entry = this.#named.get(ownId(adapter)) ?? {
      call: new SharedCall<Named>({
        call: (own) => this.#find(adapter, { client, signal: own }),
        timeLimitMs: LOAD_TIME_LIMIT_MS,
        tooSlow:
          `The model endpoint ${client.url} has not loaded adapter ${adapter.name} ` +
          `within ${LOAD_TIME_LIMIT_MS / 60_000} minutes. Look into its log.`,
      }),
    };
    this.#named.set(ownId(adapter), entry);
    entry.named = await entry.call.get(signal);
    return entry.named;
  }

  async #find(adapter: EndpointAdapter, call: BackendCall): Promise<Named> {
    const ids = await this.#options.list(call);
    const there = idsOf(adapter).find((id) => ids.has(id));
    if (there !== undefined) return { id: there };
    try {
      await this.#options.load(ownId(adapter), adapter, call);
    } catch (error) {
      if (isUnknownRoute(error)) return { id: adapter.name, unloadable: error };
      // Another replica was faster.
      if (!/already (been )?loaded/i.test(messageOf(error))) throw refusal(adapter, error);
    }
    return { id: ownId(adapter) };
  }
}

/** What an adapter may be called, the likelier first. */
export const idsOf = (adapter: EndpointAdapter) => [ownId(adapter), adapter.name];

const ownId = ({ name, revision }: EndpointAdapter) => `${name}@${revision}`;

function refusal({ name, location }: EndpointAdapter, error: unknown): unknown {
  if (!isAosError(error) || error.code !== 'AOS_BAD_REQUEST') return error;
  return new AosError('AOS_ADAPTER_REFUSED', `Adapter ${name} (${location}) could not be loaded. ${error.message}`, {
    cause: error,
    ...(error.details ? { details: error.details } : {}),
  });
}
