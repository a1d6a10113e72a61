import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type RpcHandlers, RpcServer } from '../../../../extension/panels/rpc-server.ts';
import type { PanelContract, RpcToHost } from '../../../../runtime/contracts/panel-rpc.ts';
import { RpcClient, RpcFailure } from '../../../../webview/rpc/client.ts';

const contract = {
  requests: {
    double: { params: z.strictObject({ value: z.number() }), result: z.strictObject({ value: z.number() }) },
    wait: { params: z.strictObject({}), result: z.strictObject({}) },
  },
  events: { token: z.strictObject({ text: z.string() }) },
} as const satisfies PanelContract;

/** Both sides, connected as `postMessage` connects them: copies, later. */
function connect(part: Partial<RpcHandlers<typeof contract>> = {}) {
  const toHost = new Set<(message: unknown) => void>();
  const toWebview = new Set<(message: unknown) => void>();
  const deliver = (to: Set<(message: unknown) => void>) => (message: unknown) => {
    const copy = structuredClone(message);
    queueMicrotask(() => {
      for (const receive of to) receive(copy);
    });
    return Promise.resolve(true);
  };
  const listen = (set: Set<(message: unknown) => void>) => (receive: (message: unknown) => void) => {
    set.add(receive);
    return () => void set.delete(receive);
  };
  const errors: unknown[] = [];
  const webview = {
    postMessage: deliver(toWebview),
    onDidReceiveMessage: (receive: (message: unknown) => void) => ({ dispose: listen(toHost)(receive) }),
  };
  const server = new RpcServer({
    contract,
    webview: webview as never,
    handlers: { double: ({ value }) => ({ value: value * 2 }), wait: () => ({}), ...part },
    onError: (_message, error) => errors.push(error),
  });
  const client = new RpcClient({
    contract,
    transport: { post: (message: RpcToHost) => void deliver(toHost)(message), listen: listen(toWebview) },
    onError: (error) => errors.push(error),
  });
  return { server, client, errors, sendToHost: deliver(toHost), sendToWebview: deliver(toWebview) };
}

describe('a request', () => {
  it('is answered with its result', async () => {
    const { client } = connect();
    expect(await Promise.all([client.request('double', { value: 2 }), client.request('double', { value: 3 })])).toEqual(
      [{ value: 4 }, { value: 6 }],
    );
  });

  it('with wrong parameters never reaches the handler', async () => {
    let called = false;
    const { client, errors } = connect({
      double: () => {
        called = true;
        return { value: 0 };
      },
    });
    await expect(client.request('double', { value: 'two' } as never)).rejects.toBeInstanceOf(RpcFailure);
    expect(called).toBe(false);
    expect(errors).toHaveLength(1);
  });

  it('that fails gives the host’s words', async () => {
    const { client } = connect({
      double: () => {
        throw new Error('The runtime is not running.');
      },
    });
    await expect(client.request('double', { value: 1 })).rejects.toThrow('The runtime is not running.');
  });

  it.each(['nothing', 'constructor', '__proto__'])('for %s, which is not of the contract, fails', async (method) => {
    const { client } = connect();
    await expect(client.request(method as never, {} as never)).rejects.toThrow('does not exist');
  });

  it('with a result that is not of the contract fails', async () => {
    const { client } = connect({ double: () => ({ value: 'four' }) as never });
    await expect(client.request('double', { value: 2 })).rejects.toBeInstanceOf(z.ZodError);
  });

  it('that is cancelled aborts the handler', async () => {
    const aborted = Promise.withResolvers<void>();
    const { client } = connect({
      wait: (_params, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.resolve();
            resolve({});
          });
        }),
    });
    const controller = new AbortController();
    const request = client.request('wait', {}, { signal: controller.signal });
    controller.abort(new Error('not needed'));
    await expect(request).rejects.toThrow('not needed');
    await aborted.promise;
  });

  it('still open when the panel closes aborts on both sides', async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const { client, server } = connect({
      wait: (_params, signal) => {
        signal.addEventListener('abort', () => aborted.resolve());
        started.resolve();
        return new Promise(() => undefined);
      },
    });
    const request = client.request('wait', {});
    await started.promise;
    server.dispose();
    client.dispose();
    await aborted.promise;
    await expect(request).rejects.toBeInstanceOf(RpcFailure);
  });
});

describe('an event', () => {
  it('reaches those who listen, until they stop', async () => {
    const { server, client } = connect();
    const heard: string[] = [];
    const first = Promise.withResolvers<void>();
    const off = client.on('token', ({ text }) => {
      heard.push(text);
      first.resolve();
    });
    server.emit('token', { text: 'Two' });
    await first.promise;
    off();
    server.emit('token', { text: ' goals' });
    await client.request('double', { value: 1 });
    expect(heard).toEqual(['Two']);
  });
});

describe('a message that is not of the contract', () => {
  it('is reported and changes nothing, on both sides', async () => {
    const { client, errors, sendToHost, sendToWebview } = connect();
    for (const message of [
      null,
      'x',
      { kind: 'request' },
      { kind: 'request', id: 1.5, method: 'double', params: {} },
    ]) {
      await sendToHost(message);
    }
    await sendToWebview({ kind: 'event', event: 'token', data: { text: 7 } });
    await sendToWebview({ kind: 'event', event: 'toString', data: {} });
    await sendToWebview({ kind: 'result', id: 4711, result: {} });
    expect(await client.request('double', { value: 2 })).toEqual({ value: 4 });
    expect(errors).toHaveLength(6);
  });
});
