import type * as vscode from 'vscode';
import {
  type EventData,
  type PanelContract,
  type Params,
  type Result,
  type RpcToWebview,
  rpcToHostSchema,
} from '../../runtime/contracts/panel-rpc.ts';
import { messageOf } from '../client/runtime-error.ts';

/** What answers the requests of a panel. The signal aborts when the webview cancels a request or is gone. */
export type RpcHandlers<C extends PanelContract> = {
  [M in keyof C['requests'] & string]: (
    params: Params<C, M>,
    signal: AbortSignal,
  ) => Promise<Result<C, M>> | Result<C, M>;
};

export interface RpcServerOptions<C extends PanelContract> {
  contract: C;
  webview: vscode.Webview;
  handlers: RpcHandlers<C>;
  /** A message that is not of the contract, or a request that failed. */
  onError(message: string, error: unknown): void;
}

/** The host's side of a panel's RPC: parses what comes from the webview before any code sees it. */
export class RpcServer<C extends PanelContract> implements vscode.Disposable {
  readonly #options: RpcServerOptions<C>;
  readonly #running = new Map<number, AbortController>();
  readonly #subscription: vscode.Disposable;

  constructor(options: RpcServerOptions<C>) {
    this.#options = options;
    this.#subscription = options.webview.onDidReceiveMessage((message) => void this.#receive(message));
  }

  /** Tells the webview. One that is hidden hears nothing: it asks for everything when it is drawn again. */
  emit<E extends keyof C['events'] & string>(event: E, data: EventData<C, E>): void {
    this.#post({ kind: 'event', event, data });
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const controller of this.#running.values()) controller.abort();
  }

  async #receive(message: unknown): Promise<void> {
    const { contract, handlers, onError } = this.#options;
    const envelope = rpcToHostSchema.safeParse(message);
    if (!envelope.success) return onError('A webview sent a message that is not understood.', envelope.error);
    const { data } = envelope;
    if (data.kind === 'cancel') return this.#running.get(data.id)?.abort();
    // Own properties only: "constructor" and its like are no methods of a contract.
    const known = Object.hasOwn(contract.requests, data.method) ? contract.requests[data.method] : undefined;
    const controller = new AbortController();
    this.#running.set(data.id, controller);
    try {
      if (!known) throw new Error(`A webview asked for ${data.method}, which does not exist.`);
      const result = await handlers[data.method]!(known.params.parse(data.params) as never, controller.signal);
      this.#post({ kind: 'result', id: data.id, result });
    } catch (error) {
      onError(`${data.method} failed`, error);
      this.#post({ kind: 'failure', id: data.id, message: messageOf(error) });
    } finally {
      this.#running.delete(data.id);
    }
  }

  #post(message: RpcToWebview): void {
    void this.#options.webview.postMessage(message);
  }
}
