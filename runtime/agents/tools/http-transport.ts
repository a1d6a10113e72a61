import type { McpServerConfig } from '../../contracts/tools.ts';
import { sleep } from '../../core/clock.ts';
import { type ServerTransport, secretsOf, type TransportOptions } from './transport.ts';

export interface HttpOptions extends TransportOptions {
  config: Extract<McpServerConfig, { type: 'http' }>;
}

const GOODBYE_WITHIN_MS = 1000;

/** A server with streamable HTTP. */
export async function httpTransport(options: HttpOptions): Promise<ServerTransport> {
  const { config, secretOf, maxMessageBytes, onBroken } = options;
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const transport = new StreamableHTTPClientTransport(new URL(config.url), {
    requestInit: { headers: secretsOf(config.headers, secretOf) },
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      return init?.method === 'POST' && response.status === 200
        ? bounded(response, maxMessageBytes, onBroken)
        : response;
    },
  });
  return {
    transport,
    lastWords: () => '',
    gone: () => Promise.resolve(),
    sayGoodbye: () => Promise.race([transport.terminateSession(), sleep(GOODBYE_WITHIN_MS)]),
  };
}

/** The same response, whose body breaks off after `maxBytes`. The SDK reads without a bound, and after an error waits on. */
function bounded(response: Response, maxBytes: number, onBroken: (error: Error) => void): Response {
  if (!response.body) return response;
  const chunks = chunksOf(response.body, maxBytes, onBroken);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return();
    },
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

async function* chunksOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
  onBroken: (error: Error) => void,
) {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new Error(`its answer is longer than ${maxBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    onBroken(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
