import type { RpcToHost } from '../../runtime/contracts/panel-rpc.ts';
import type { Transport } from './client.ts';

/** What VS Code gives to the code of a webview, once. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** May be called once a page: VS Code throws the second time. */
export function getVsCodeApi(): VsCodeApi {
  return acquireVsCodeApi();
}

/** Messages to and from the host. Those of other senders (extensions of the browser, frames) come the same way and fail to parse. */
export function windowTransport(api: VsCodeApi): Transport {
  return {
    post: (message: RpcToHost) => api.postMessage(message),
    listen(receive) {
      const onMessage = (event: MessageEvent<unknown>) => receive(event.data);
      window.addEventListener('message', onMessage);
      return () => window.removeEventListener('message', onMessage);
    },
  };
}
