import {
  type EventData,
  type PanelContract,
  type Params,
  type Result,
  type RpcToHost,
  type RpcToWebview,
  rpcToWebviewSchema,
} from '../../runtime/contracts/panel-rpc.ts';

export interface Transport {
  post(message: RpcToHost): void;
  /** @returns how to stop listening */
  listen(receive: (message: unknown) => void): () => void;
}

export interface RpcClientOptions<C extends PanelContract> {
  contract: C;
  transport: Transport;
  /** A message that is not of the contract. */
  onError(error: unknown): void;
}

interface Pending {
  method: string;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** What the host answered instead of a result: its own words. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure';
}

/** The webview's side of a panel's RPC: what arrives is parsed before any code sees it. */
export class RpcClient<C extends PanelContract> {
  readonly #options: RpcClientOptions<C>;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, Set<(data: unknown) => void>>();
  readonly #unlisten: () => void;
  #lastId = 0;

  constructor(options: RpcClientOptions<C>) {
    this.#options = options;
    this.#unlisten = options.transport.listen((message) => this.#receive(message));
  }

  /**
   * Asks the host.
   * @throws RpcFailure with the host's words; the signal's reason, after the host was told to stop
   */
  request<M extends keyof C['requests'] & string>(
    method: M,
    params: Params<C, M>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Result<C, M>> {
    signal?.throwIfAborted();
    const id = ++this.#lastId;
    const { transport } = this.#options;
    return new Promise<Result<C, M>>((resolve, reject) => {
      const onAbort = () => {
        this.#pending.delete(id);
        transport.post({ kind: 'cancel', id });
        reject(signal?.reason);
      };
      const settled = () => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        method,
        resolve: (result) => {
          settled();
          resolve(result as Result<C, M>);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      transport.post({ kind: 'request', id, method, params });
    });
  }

  /** @returns how to stop listening */
  on<E extends keyof C['events'] & string>(event: E, listener: (data: EventData<C, E>) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    const heard = listener as (data: unknown) => void;
    listeners.add(heard);
    return () => void listeners.delete(heard);
  }

  dispose(): void {
    this.#unlisten();
    for (const { reject } of this.#pending.values()) reject(new RpcFailure('The panel is closed.'));
    this.#pending.clear();
    this.#listeners.clear();
  }

  #receive(message: unknown): void {
    const parsed = rpcToWebviewSchema.safeParse(message);
    if (!parsed.success) this.#options.onError(parsed.error);
    else if (parsed.data.kind === 'event') this.#receiveEvent(parsed.data);
    else this.#receiveAnswer(parsed.data);
  }

  #receiveAnswer(answer: Exclude<RpcToWebview, { kind: 'event' }>): void {
    const pending = this.#pending.get(answer.id);
    // Cancelled meanwhile: nobody waits for it.
    if (!pending) return;
    this.#pending.delete(answer.id);
    if (answer.kind === 'failure') {
      pending.reject(new RpcFailure(answer.message));
      return;
    }
    const result = this.#options.contract.requests[pending.method]?.result.safeParse(answer.result);
    if (result?.success) pending.resolve(result.data);
    else pending.reject(result?.error ?? new RpcFailure(`There is no request ${pending.method}.`));
  }

  #receiveEvent({ event, data }: Extract<RpcToWebview, { kind: 'event' }>): void {
    const { contract, onError } = this.#options;
    const schema = Object.hasOwn(contract.events, event) ? contract.events[event] : undefined;
    const parsed = schema?.safeParse(data);
    if (parsed?.success) for (const listener of this.#listeners.get(event) ?? []) listener(parsed.data);
    else onError(parsed?.error ?? new Error(`The host sent an unknown event, ${event}.`));
  }
}
