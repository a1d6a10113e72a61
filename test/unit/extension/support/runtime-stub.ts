import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, body: unknown, response: ServerResponse) => void;

/** A real HTTP server that answers as a test says; closed with `await using`. */
export async function serve(answer: Answer): Promise<{ baseUrl: string; token: string } & AsyncDisposable> {
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    answer(request, text === '' ? undefined : JSON.parse(text), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'token-of-this-run',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Begins a stream of server-sent events; each call of the result sends one. */
export function sse(response: ServerResponse): (event: { event: string }) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  return (event) => void response.write(`event: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`);
}
