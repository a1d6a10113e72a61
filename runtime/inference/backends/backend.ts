import type { EndpointApi } from '../../contracts/config.ts';
import type { Engine } from '../../contracts/http.ts';
import type { AdapterSource, MergedAdapters } from '../../contracts/lorax.ts';
import type { EndpointClient } from '../endpoint-client.ts';

export interface EndpointInfo {
  engine: Engine;
  /** The base model, as the endpoint names it. */
  model: string;
}

/** An adapter as an endpoint may know it. */
export interface EndpointAdapter {
  name: string;
  /** Its path as the endpoint can read it, or its id in the source. */
  location: string;
  /** Both undefined if nobody registered it: the endpoint is to know it by its name. */
  source?: AdapterSource | undefined;
  revision?: string | undefined;
}

export interface LoadedAdapter {
  /** Ready to answer. */
  loaded: boolean;
  /** The others are null, or false, if the endpoint does not tell. */
  tier: 'gpu' | 'host' | 'disk' | null;
  pinned: boolean;
  sizeBytes: number | null;
  memoryBytes: number | null;
  loadCount: number | null;
}

/** What answers a request: the base model, an adapter, or a blend of several. */
export interface Target {
  baseModel: string;
  /** As the endpoint names it; undefined: the base model, or a blend. */
  adapterId: string | undefined;
  adapterSource: AdapterSource | undefined;
  merged: MergedAdapters | undefined;
}

export interface BackendCall {
  client: EndpointClient;
  signal?: AbortSignal | undefined;
}

/** What differs between the model servers of this world; everything else (errors, streams, figures) they have in common. */
export interface Backend {
  readonly api: EndpointApi;
  /** It blends several adapters into one for a request. */
  readonly merges: boolean;
  /** How it must be started so that it has an adapter, for messages; undefined: it loads any. */
  readonly howToAddAdapters?: string;
  /**
   * What a request calls an adapter. A server that must be told to load it is told now.
   * @throws AosError AOS_ADAPTER_REFUSED
   */
  adapterId(adapter: EndpointAdapter, call: BackendCall): Promise<string>;
  /**
   * Forgets what it called an adapter: the server does not know it.
   * @returns whether it did before, so that it is worth to ask again
   */
  forgetAdapter?(adapter: EndpointAdapter): boolean;
  /** The fields of a chat request that name what is to answer. */
  chatTarget(target: Target): object;
  /** The same of LoRAX's `/generate`; absent where a prompt can only be asked as a conversation of one turn. */
  generateTarget?(target: Target): object;
  /** Why an answer ended, in OpenAI's words. */
  finishReason(reason: string): string;
  /** @throws AosError AOS_INFERENCE_FAILED if it is not what it should be */
  info(call: BackendCall & { baseModel: string }): Promise<EndpointInfo>;
  /** Those of the adapters that it has, by name; undefined if it has no such list. */
  loadedAdapters(
    adapters: readonly EndpointAdapter[],
    call: BackendCall,
  ): Promise<Map<string, LoadedAdapter> | undefined>;
  /** The next three are absent where it decides that by itself, or when it starts. */
  load?(adapter: EndpointAdapter, call: BackendCall): Promise<void>;
  unload?(adapter: EndpointAdapter, call: BackendCall): Promise<void>;
  pin?(adapter: EndpointAdapter, pinned: boolean, call: BackendCall): Promise<void>;
}

export const asItIs = (reason: string) => reason;

/** Of an adapter that is there, at a server that tells no more. */
export const LOADED: LoadedAdapter = {
  loaded: true,
  tier: null,
  pinned: false,
  sizeBytes: null,
  memoryBytes: null,
  loadCount: null,
};

/** The adapters that `find` finds, by name. */
export function found(
  adapters: readonly EndpointAdapter[],
  find: (adapter: EndpointAdapter) => LoadedAdapter | undefined,
): Map<string, LoadedAdapter> {
  return new Map(
    adapters.flatMap((adapter): [string, LoadedAdapter][] => {
      const loaded = find(adapter);
      return loaded ? [[adapter.name, loaded]] : [];
    }),
  );
}
