import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Identity {
  /** Environment of a process whose managed identity it is: what App Service and Container Apps set. */
  env: { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string };
  /** Resources that tokens were given for. */
  resources: string[];
  dispose(): Promise<void>;
}

const HEADER = 'stand-in';

/** The managed identity endpoint of a container, which DefaultAzureCredential finds by its environment. */
export async function startIdentity(token = 'a-test-token'): Promise<Identity> {
  const resources: string[] = [];
  const server = createServer((request, response) => {
    const resource = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('resource');
    if (request.headers['x-identity-header'] !== HEADER || !resource) return void response.writeHead(400).end();
    resources.push(resource);
    const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: token, expires_on, resource, token_type: 'Bearer' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: HEADER },
    resources,
    dispose: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
