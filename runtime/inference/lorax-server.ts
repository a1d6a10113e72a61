import path from 'node:path';
import { DEFAULT_BASE_MODEL } from '../contracts/config.ts';
import type { Engine, GenerateParameters } from '../contracts/http.ts';
import { type AdapterSource, loraxInfoSchema, type ModelEntry, modelListSchema } from '../contracts/lorax.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError, isAosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { addressRevision, readAdapterContent } from './adapter-files.ts';
import { chat } from './chat.ts';
import { EndpointClient } from './endpoint-client.ts';
import { toProtocolError } from './endpoint-error.ts';
import { generate } from './generate.ts';
import type { Generation, OnToken } from './generation.ts';
import type { ModelCall } from './model-call.ts';

export type { Generation, OnToken } from './generation.ts';
export type { ChatTurn } from './model-call.ts';

export interface LoRAXServerOptions {
  /** Base URL, e.g. `http://127.0.0.1:8080`. */
  endpoint: string;
  apiKey?: string | undefined;
  /** Its protocol. `openai` is vLLM's and others': an adapter is named by its name there. Default `lorax`. */
  api?: 'lorax' | 'openai';
  /** Default `meta-llama/Llama-3.1-8B-Instruct` (R19). */
  baseModel?: string;
  /** Adapters that share the GPU at most. Default 100 (R19). */
  maxAdapters?: number;
  /** Share of the GPU memory the endpoint is deployed with, in (0, 1]. Default 0.9 (R19). */
  gpuMemoryUtilization?: number;
  /** What the paths of local adapters are relative to. Default the working directory. */
  baseDir?: string;
  logger: Logger;
  clock?: Clock;
}

/** A registered adapter. */
export interface AdapterInfo {
  name: string;
  /** As it was given. */
  path: string;
  source: AdapterSource;
  /** First 6 hex digits of the hash of its content, or of source and path if the content is not on this machine. */
  revision: string;
  /** Null if the content is not on this machine. */
  sizeBytes: number | null;
}

export interface LoadedAdapter {
  /** On the GPU, ready to answer. */
  loaded: boolean;
  /** Null if the endpoint does not tell. */
  sizeBytes: number | null;
}

export interface EndpointInfo {
  engine: Engine;
  /** The base model, as the endpoint names it. */
  model: string;
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
}

export interface ChatOptions extends AskOptions {
  messages: ModelCall['messages'];
}

/** How long the look at what is loaded may take; it is for the eye only. */
const LOOK_TIMEOUT_MS = 2000;

/** One model endpoint that many LoRA adapters share (R18–R21). It tries nothing twice: that is the caller's to decide. */
export class LoRAXServer {
  readonly baseModel: string;
  readonly maxAdapters: number;
  readonly gpuMemoryUtilization: number;
  readonly #api: 'lorax' | 'openai';
  readonly #client: EndpointClient;
  readonly #baseDir: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #adapters = new Map<string, AdapterInfo>();
  #lookFailed = false;

  /** @throws AosError AOS_CONFIG_INVALID */
  constructor(options: LoRAXServerOptions) {
    this.baseModel = options.baseModel ?? DEFAULT_BASE_MODEL;
    this.maxAdapters = options.maxAdapters ?? 100;
    this.gpuMemoryUtilization = options.gpuMemoryUtilization ?? 0.9;
    this.#api = options.api ?? 'lorax';
    this.#baseDir = options.baseDir ?? process.cwd();
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    checkSettings(this.maxAdapters, this.gpuMemoryUtilization);
    // Users of OpenAI clients give the base URL with its version; the routes here bring their own.
    const url = this.#api === 'openai' ? options.endpoint.replace(/\/v1\/*$/, '') : options.endpoint;
    this.#client = new EndpointClient({ url, apiKey: options.apiKey });
  }

  /**
   * Makes an adapter known under a name (R20); the endpoint loads it when a request first names it. The same name again
   * takes the new path, and looks at the content again.
   * @param location folder or file relative to `baseDir`, or the adapter's id in its source
   * @throws AosError AOS_ADAPTER_REFUSED beyond `maxAdapters`
   */
  async registerAdapter(
    name: string,
    location: string,
    { source = 'local' }: { source?: AdapterSource } = {},
  ): Promise<AdapterInfo> {
    this.#refuseBeyondLimit(name);
    const content = source === 'local' ? await readAdapterContent(this.#absolute(location)) : undefined;
    this.#refuseBeyondLimit(name);
    if (source === 'local' && content === undefined && this.#sharesDisk) {
      this.#logger.warn('an adapter has no files; agents that use it will fail', {
        adapter: name,
        path: this.#absolute(location),
      });
    }
    const info: AdapterInfo = {
      name,
      path: location,
      source,
      revision: content?.revision ?? addressRevision(source, location),
      sizeBytes: content?.sizeBytes ?? null,
    };
    this.#adapters.set(name, info);
    return info;
  }

  /** Forgets the name. The endpoint drops the adapter when it needs the room. */
  unregisterAdapter(name: string): void {
    this.#adapters.delete(name);
  }

  adapter(name: string): AdapterInfo | undefined {
    return this.#adapters.get(name);
  }

  /** In order of registration. */
  adapters(): AdapterInfo[] {
    return [...this.#adapters.values()];
  }

  /**
   * Continues a prompt with an adapter (R21). With `openai` it is asked as a conversation of one turn.
   * @throws AosError AOS_BAD_REQUEST, AOS_ADAPTER_REFUSED, AOS_INFERENCE_FAILED; the signal's reason
   */
  generate({ prompt, ...options }: GenerateOptions): Promise<Generation> {
    if (this.#api === 'openai') return this.chat({ ...options, messages: [{ role: 'user', content: prompt }] });
    return generate(this.#client, prompt, this.#call(options));
  }

  /**
   * Answers a conversation with an adapter, in the base model's chat template.
   * @throws AosError AOS_BAD_REQUEST, AOS_ADAPTER_REFUSED, AOS_INFERENCE_FAILED; the signal's reason
   */
  chat({ messages, ...options }: ChatOptions): Promise<Generation> {
    return chat(this.#client, { ...this.#call(options), messages });
  }

  /**
   * What answers at the endpoint.
   * @throws AosError AOS_INFERENCE_FAILED if nothing does, or something that speaks another protocol
   */
  async info({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<EndpointInfo> {
    if (this.#api === 'openai') return this.#infoOfModels(signal);
    try {
      const { body } = await this.#client.get('/info', loraxInfoSchema, { signal });
      return { engine: engineOf(body.model_device_type), model: body.model_id };
    } catch (error) {
      if (!isAosError(error) || error.details?.endpoint_status !== 404) throw error;
      throw toProtocolError('is not a LoRAX server: it has no /info', this.#client.url, error);
    }
  }

  /**
   * Which of the registered adapters are on the GPU, by name.
   * @returns undefined if the endpoint does not tell (LoRAX has no such list), or cannot be reached
   */
  async loadedAdapters(): Promise<Map<string, LoadedAdapter> | undefined> {
    try {
      const { body } = await this.#client.get('/v1/models', modelListSchema, {
        signal: AbortSignal.timeout(LOOK_TIMEOUT_MS),
      });
      this.#lookFailed = false;
      return this.#loadedOf(body.data);
    } catch (error) {
      // An onlooker asks several times a second: it is said once.
      if (!this.#lookFailed) this.#logger.debug('the endpoint does not say which adapters are loaded', { error });
      this.#lookFailed = true;
      return undefined;
    }
  }

  #loadedOf(entries: readonly ModelEntry[]): Map<string, LoadedAdapter> | undefined {
    // Ours and vLLM's list adapters; elsewhere the absence of one says nothing.
    if (!entries.some(({ owned_by }) => owned_by === 'aos' || owned_by === 'vllm')) return undefined;
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const known = this.adapters().flatMap((info): [string, LoadedAdapter][] => {
      const entry = byId.get(this.#modelId(info)) ?? byId.get(info.name);
      return entry
        ? [[info.name, { loaded: entry.aos?.loaded ?? true, sizeBytes: entry.aos?.size_bytes ?? null }]]
        : [];
    });
    return new Map(known);
  }

  async #infoOfModels(signal: AbortSignal | undefined): Promise<EndpointInfo> {
    const { body } = await this.#client.get('/v1/models', modelListSchema, { signal });
    const bases = body.data.filter((entry) => !entry.parent);
    const base = bases.find((entry) => entry.id === this.baseModel) ?? bases[0];
    const simulated = base?.owned_by === 'aos' && base.id === 'aos/simulated';
    return { engine: simulated ? 'simulated' : 'remote', model: base?.id ?? this.baseModel };
  }

  #call({ adapterName, parameters = {}, signal, onToken }: AskOptions): Omit<ModelCall, 'messages'> {
    const info = adapterName === undefined ? undefined : this.#adapters.get(adapterName);
    return {
      api: this.#api,
      baseModel: this.baseModel,
      adapterName,
      adapterId: info ? this.#modelId(info) : adapterName,
      adapterSource: info?.source,
      parameters,
      signal,
      onToken,
      clock: this.#clock,
    };
  }

  /** What the endpoint calls an adapter. */
  #modelId({ name, path: location, source }: AdapterInfo): string {
    if (this.#api === 'openai') return name;
    return source === 'local' && this.#sharesDisk ? this.#absolute(location) : location;
  }

  /** A path of this machine means something to an endpoint on this machine only. */
  get #sharesDisk(): boolean {
    const { hostname } = new URL(this.#client.url);
    return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  }

  #absolute(location: string): string {
    return path.resolve(this.#baseDir, location);
  }

  #refuseBeyondLimit(name: string): void {
    if (this.#adapters.has(name) || this.#adapters.size < this.maxAdapters) return;
    throw new AosError(
      'AOS_ADAPTER_REFUSED',
      `Adapter ${name} would be one more than the ${this.maxAdapters} that share the GPU. ` +
        'Remove one, or raise model.max_adapters in aos.json.',
    );
  }
}

function checkSettings(maxAdapters: number, gpuMemoryUtilization: number): void {
  if (!Number.isInteger(maxAdapters) || maxAdapters < 1) {
    throw new AosError('AOS_CONFIG_INVALID', `model.max_adapters is ${maxAdapters}; it is a whole number from 1 on.`);
  }
  if (!(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1)) {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `model.gpu_memory_utilization is ${gpuMemoryUtilization}; it is a share above 0 and at most 1.`,
    );
  }
}

/** Our own endpoint says `simulated`, or `cpu` for llama.cpp; LoRAX itself needs a GPU. */
export function engineOf(device: string | null): Engine {
  return device === 'simulated' ? 'simulated' : device === 'cpu' ? 'llama' : 'remote';
}
