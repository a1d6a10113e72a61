import { DEFAULT_BASE_MODEL, type EndpointApi } from '../contracts/config.ts';
import type { EndpointReport, GenerateParameters } from '../contracts/http.ts';
import type { AdapterSource } from '../contracts/lorax.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { type AdapterInfo, AdapterRegistry } from './adapter-registry.ts';
import type { Backend, EndpointAdapter, EndpointInfo, LoadedAdapter, Target } from './backends/backend.ts';
import { chat } from './chat.ts';
import { embed } from './embed.ts';
import { Endpoint } from './endpoint.ts';
import { EndpointClient, type EndpointRequest } from './endpoint-client.ts';
import { endpointStatusOf, isUnknownRoute } from './endpoint-error.ts';
import { testEndpoint } from './endpoint-test.ts';
import { type AcrossAnswer, askAcross } from './fan-out.ts';
import { generate } from './generate.ts';
import type { Generation, OnToken } from './generation.ts';
import { checkMerge, checkSettings } from './lorax-checks.ts';
import type { ChatTurn, ModelCall } from './model-call.ts';
import { markStreamed } from './streamed-error.ts';

export type { AdapterInfo } from './adapter-registry.ts';
export type { EndpointInfo, LoadedAdapter } from './backends/backend.ts';
export type { AcrossAnswer } from './fan-out.ts';
export type { Generation, OnToken } from './generation.ts';
export type { ChatTurn } from './model-call.ts';

export interface LoRAXServerOptions {
  /** Base URL, e.g. `http://127.0.0.1:8080`. */
  endpoint: string;
  apiKey?: string | undefined;
  /** Sent with every request, e.g. what a gateway wants. */
  headers?: Record<string, string> | undefined;
  /** Its protocol. Default `auto`: found out by asking, with the first request. */
  api?: 'auto' | EndpointApi;
  /** Default `meta-llama/Llama-3.1-8B-Instruct` (R19). */
  baseModel?: string;
  /** Adapters that share the GPU at most. Default 100 (R19). */
  maxAdapters?: number;
  /** Share of the GPU memory the endpoint is deployed with, in (0, 1]. Default 0.9 (R19). */
  gpuMemoryUtilization?: number;
  /** What the paths of local adapters are relative to. Default the working directory. */
  baseDir?: string;
  /** Brings an adapter of the blob container `adapters` (path `blob:<name>`) to this machine. @returns its folder */
  fetchBlob?: ((name: string) => Promise<string>) | undefined;
  /** Hears of every request to the endpoint. */
  onCall?: ((call: EndpointRequest) => void) | undefined;
  logger: Logger;
  clock?: Clock;
}

interface AskOptions {
  /** Undefined: the base model. A name that is not registered is the endpoint's to judge. */
  adapterName?: string | undefined;
  /** Absent ones are the endpoint's to choose. */
  parameters?: GenerateParameters;
  signal?: AbortSignal | undefined;
  /** Streams the answer: gets its text piece by piece. */
  onToken?: OnToken | undefined;
}

export interface GenerateOptions extends AskOptions {
  prompt: string;
  /** Blends several adapters into one, with weights that add up to 1 as a rule; instead of `adapterName`. */
  merge?: readonly { adapterName: string; weight: number }[] | undefined;
}

export interface AcrossOptions extends Omit<AskOptions, 'adapterName' | 'onToken'> {
  prompt: string;
  /** Undefined: the base model. */
  adapterNames: readonly (string | undefined)[];
}

export interface ChatOptions extends AskOptions {
  messages: readonly ChatTurn[];
}

/** How long the look at what is loaded may take; it is for the eye only. */
const LOOK_TIMEOUT_MS = 2000;

/**
 * One model endpoint that many LoRA adapters share (R18–R21). A failed call is the caller's to try again; only a server that
 * was started anew, and so lost an adapter it was told to load, is told once more.
 */
export class LoRAXServer {
  readonly baseModel: string;
  readonly maxAdapters: number;
  readonly gpuMemoryUtilization: number;
  readonly #options: LoRAXServerOptions;
  readonly #endpoint: Endpoint;
  readonly #registry: AdapterRegistry;
  readonly #clock: Clock;
  #lookFailed = false;

  /** @throws AosError AOS_CONFIG_INVALID */
  constructor(options: LoRAXServerOptions) {
    const { api = 'auto', apiKey, headers, onCall, baseDir = process.cwd(), fetchBlob, clock = systemClock } = options;
    this.baseModel = options.baseModel ?? DEFAULT_BASE_MODEL;
    this.maxAdapters = options.maxAdapters ?? 100;
    this.gpuMemoryUtilization = options.gpuMemoryUtilization ?? 0.9;
    checkSettings(this.maxAdapters, this.gpuMemoryUtilization);
    this.#options = options;
    this.#clock = clock;
    // Users of OpenAI clients give the base URL with its version; the routes here bring their own.
    const url = options.endpoint.replace(/\/v1\/*$/, '');
    const client = new EndpointClient({ url, apiKey, headers, onCall });
    this.#endpoint = new Endpoint({ client, api, clock });
    const sharesDisk = isOfThisMachine(client.url);
    this.#registry = new AdapterRegistry({
      ...{ maxAdapters: this.maxAdapters, sharesDisk, baseDir, fetchBlob, clock },
      onChanged: (now, before) => this.#takeUp(now, before),
      onLookFailed: (adapter, error) =>
        options.logger.warn('the files of an adapter could not be looked at; it stays as it is known', {
          adapter,
          error,
        }),
    });
  }

  /** Of the endpoint, without a version or a slash at its end, and without credentials. */
  get url(): string {
    return this.#endpoint.client.url;
  }

  /**
   * Makes an adapter known under a name (R20); the endpoint loads it when a request first names it. The same name again
   * takes the new path, and looks at the content again.
   * @param location folder or file relative to `baseDir`, `blob:<name>`, or the adapter's id in its source
   * @throws AosError AOS_ADAPTER_REFUSED beyond `maxAdapters`
   */
  async registerAdapter(
    name: string,
    location: string,
    { source = 'local' }: { source?: AdapterSource } = {},
  ): Promise<AdapterInfo> {
    const info = await this.#registry.register(name, location, source);
    if (source === 'local' && info.sizeBytes === null && isOfThisMachine(this.#endpoint.client.url)) {
      const fields = { adapter: name, path: info.location };
      this.#options.logger.warn('an adapter has no files; agents that use it will fail', fields);
    }
    return info;
  }

  /** Forgets the name. The endpoint drops the adapter when it needs the room. */
  unregisterAdapter(name: string): void {
    this.#registry.unregister(name);
  }

  /**
   * Looks whether the files of an adapter were replaced (trained anew on disk, or in blob storage), at most once a second,
   * and takes up the new revision: {@link adapter} has it then. An endpoint on this machine loads it in the place of the old
   * one; requests that are under way there end with the old one.
   * @throws the signal's reason
   */
  refreshAdapter(name: string, signal?: AbortSignal): Promise<void> {
    return this.#registry.refresh(name, signal);
  }

  /**
   * Whether an adapter has had this revision all the time, looked at just now. If not, an answer of it may be of either:
   * it is not to be kept.
   */
  isStillRevision(name: string, revision: string): Promise<boolean> {
    return this.#registry.isStill(name, revision);
  }

  adapter(name: string): AdapterInfo | undefined {
    return this.#registry.get(name);
  }

  /** In order of registration. */
  adapters(): AdapterInfo[] {
    return this.#registry.list();
  }

  /**
   * Continues a prompt with an adapter (R21). Where the endpoint has no such route it is asked as a conversation of one turn.
   * @throws AosError AOS_BAD_REQUEST, AOS_ADAPTER_REFUSED, AOS_INFERENCE_FAILED; the signal's reason
   */
  generate(options: GenerateOptions): Promise<Generation> {
    const { prompt } = options;
    const messages: ChatTurn[] = [{ role: 'user', content: prompt }];
    return this.#ask(options, (call) => {
      const { client } = this.#endpoint;
      return call.backend.generateTarget ? generate(client, prompt, call) : chat(client, { ...call, messages });
    });
  }

  /**
   * Answers a conversation with an adapter, in the base model's chat template.
   * @throws AosError AOS_BAD_REQUEST, AOS_ADAPTER_REFUSED, AOS_INFERENCE_FAILED; the signal's reason
   */
  chat(options: ChatOptions): Promise<Generation> {
    const { messages } = options;
    return this.#ask(options, (call) => chat(this.#endpoint.client, { ...call, messages }));
  }

  /**
   * Continues one prompt with several adapters at the same time; one that fails does not keep the others back.
   * @returns in the order of `adapterNames`
   * @throws the signal's reason
   */
  generateAcross({ adapterNames, ...options }: AcrossOptions): Promise<AcrossAnswer[]> {
    const ask = (adapterName: string | undefined) => this.generate({ ...options, adapterName });
    return askAcross({ adapterNames, ask, signal: options.signal, clock: this.#clock });
  }

  /**
   * Vectors of texts, by the endpoint's embedding model.
   * @throws AosError AOS_INFERENCE_FAILED if it serves none; the signal's reason
   */
  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const backend = await this.#endpoint.backend(signal);
    const base = { baseModel: this.baseModel, adapterId: undefined, adapterSource: undefined, merged: undefined };
    return embed(this.#endpoint.client, { ...backend.chatTarget(base), input: texts }, { signal });
  }

  /**
   * What answers at the endpoint.
   * @throws AosError AOS_INFERENCE_FAILED if nothing does, or something that speaks another protocol
   */
  info({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<EndpointInfo> {
    const { client } = this.#endpoint;
    return this.#endpoint.run(signal, (backend) => backend.info({ client, signal, baseModel: this.baseModel }));
  }

  /**
   * Calls the endpoint's routes as the runtime does, one after the other, and says what came back.
   * @throws the signal's reason; never for what it finds
   */
  async testEndpoint({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<EndpointReport> {
    const calls: EndpointRequest[] = [];
    // A server of its own: it knows nothing from before, and its calls are no one else's.
    const server = new LoRAXServer({ ...this.#options, onCall: (call) => calls.push(call) });
    const [adapter] = this.adapters();
    if (adapter) await server.registerAdapter(adapter.name, adapter.path, { source: adapter.source });
    return testEndpoint({ server, calls, adapterName: adapter?.name, clock: this.#clock, signal });
  }

  /** The protocol it speaks, as configured or found out. @throws as `info` */
  async api(signal?: AbortSignal): Promise<EndpointApi> {
    return (await this.#endpoint.backend(signal)).api;
  }

  /** Asks `GET /health`, which all of the servers have. @throws AosError AOS_INFERENCE_FAILED if it is not well */
  async checkHealth(signal?: AbortSignal): Promise<void> {
    await this.#endpoint.client.getText('/health', { signal });
  }

  /**
   * Brings an adapter into the endpoint's memory before a request needs it.
   * @throws AosError AOS_ADAPTER_REFUSED, AOS_BAD_REQUEST where the endpoint cannot be told to
   */
  loadAdapter(name: string, signal?: AbortSignal): Promise<void> {
    return this.#manage(name, 'load', signal);
  }

  /** Takes an adapter out of the endpoint's memory. @throws AosError AOS_BAD_REQUEST where the endpoint cannot be told to */
  unloadAdapter(name: string, signal?: AbortSignal): Promise<void> {
    return this.#manage(name, 'unload', signal);
  }

  /** A pinned adapter never makes room for another. @throws AosError AOS_BAD_REQUEST where the endpoint cannot be told to */
  pinAdapter(name: string, pinned: boolean, signal?: AbortSignal): Promise<void> {
    return this.#manage(name, pinned ? 'pin' : 'unpin', signal);
  }

  /**
   * Where the registered adapters are, by name.
   * @returns undefined if the endpoint does not tell (LoRAX has no such list), or cannot be reached
   */
  async loadedAdapters(): Promise<Map<string, LoadedAdapter> | undefined> {
    const { client } = this.#endpoint;
    const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
    try {
      const backend = await this.#endpoint.backend(signal);
      const loaded = await backend.loadedAdapters(this.adapters(), { client, signal });
      this.#lookFailed = false;
      return loaded;
    } catch (error) {
      // An onlooker asks several times a second: it is said once.
      if (!this.#lookFailed) {
        this.#options.logger.debug('the endpoint does not say which adapters are loaded', { error });
      }
      this.#lookFailed = true;
      return undefined;
    }
  }

  /** Where the endpoint has the old content in memory it is told to load the new one now, and no request waits for that. */
  #takeUp(now: AdapterInfo, before: AdapterInfo): void {
    const { name, revision } = now;
    const { logger } = this.#options;
    logger.info('an adapter has other files than before', { adapter: name, revision, before: before.revision });
    this.loadedAdapters()
      .then((loaded) => (loaded?.get(name)?.loaded ? this.loadAdapter(name) : undefined))
      .catch((error: unknown) => logger.warn('an adapter could not be loaded again', { adapter: name, error }));
  }

  async #manage(
    name: string,
    action: 'load' | 'unload' | 'pin' | 'unpin',
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const adapter = this.adapter(name);
    if (!adapter) {
      throw new AosError('AOS_ADAPTER_NOT_FOUND', `There is no adapter ${name}. Register it, or add it to aos.json.`);
    }
    const { client } = this.#endpoint;
    const backend = await this.#endpoint.backend(signal);
    const call = { client, signal };
    try {
      if (action === 'load' && backend.load) return await backend.load(adapter, call);
      if (action === 'unload' && backend.unload) return await backend.unload(adapter, call);
      if (action === 'pin' && backend.pin) return await backend.pin(adapter, true, call);
      if (action === 'unpin' && backend.pin) return await backend.pin(adapter, false, call);
    } catch (error) {
      if (!isUnknownRoute(error)) throw error;
    }
    const hint = backend.howToAddAdapters ? ` ${backend.howToAddAdapters}` : '';
    throw new AosError(
      'AOS_BAD_REQUEST',
      `The model endpoint ${client.url} (${backend.api}) cannot be told to ${action} an adapter while it runs.${hint}`,
    );
  }

  async #ask(
    options: GenerateOptions | AskOptions,
    ask: (call: ModelCall) => Promise<Generation>,
  ): Promise<Generation> {
    const { adapterName, parameters = {}, signal, onToken } = options;
    const parts = 'merge' in options && options.merge ? options.merge : undefined;
    const names = parts?.map((part) => part.adapterName) ?? (adapterName === undefined ? [] : [adapterName]);
    const adapters = names.map((name) => this.adapter(name) ?? { name, location: name });
    const attempt = async (backend: Backend) => {
      const target = await this.#target(
        backend,
        adapters,
        parts?.map(({ weight }) => weight),
        signal,
      );
      const call = { ...target, backend, adapterName: names[0], parameters, signal, clock: this.#clock };
      return markStreamed(onToken, (listen) => ask({ ...call, onToken: listen }));
    };
    return this.#endpoint.run(signal, async (backend) => {
      try {
        return await attempt(backend);
      } catch (error) {
        // It had the adapter before, so it was started anew; and what it does not know has had no effect.
        const isUnknown = endpointStatusOf(error) === 404;
        if (!isUnknown || !adapters.some((adapter) => backend.forgetAdapter?.(adapter))) throw error;
        return attempt(backend);
      }
    });
  }

  async #target(
    backend: Backend,
    adapters: readonly EndpointAdapter[],
    weights: number[] | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Target> {
    const { client } = this.#endpoint;
    if (weights) checkMerge(backend, adapters, client.url);
    const ids = await Promise.all(adapters.map((adapter) => backend.adapterId(adapter, { client, signal })));
    return {
      baseModel: this.baseModel,
      adapterId: weights ? undefined : ids[0],
      adapterSource: adapters[0]?.source,
      merged: weights && { ids, weights },
    };
  }
}

/** A path of this machine means something to an endpoint on this machine only. */
function isOfThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
