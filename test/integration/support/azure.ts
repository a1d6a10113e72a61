import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { type JWTPayload, UnsecuredJWT } from 'jose';
import { startLorax } from '../../../runtime/cloud/lorax/index.ts';
import { startServiceBus } from '../../../runtime/cloud/servicebus/index.ts';
import { Disposer } from '../../../runtime/core/disposal.ts';
import { newSecret } from '../../../runtime/core/ids.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { entities } from '../../../runtime/messaging/entities.ts';
import { certificateFile, keyFile, serverCertificate } from '../../certificate/loopback.ts';
import { APP_ID, appClaims, newKey, sign, startIssuer, TENANT } from '../../unit/server/auth/issuer.ts';

const ACCOUNT = 'aos';
const CLIENT_ID = '77777777-6666-4555-8444-333333333333';
/** Of whoever opens storage: a token of this tenant's identity. */
const STORAGE_AUDIENCE = 'https://storage.azure.com';

/** What a container of the image meets in Azure, on this machine. */
export interface Azure {
  /** What the template and the platform say to a container. */
  readonly env: Readonly<Record<string, string>>;
  /** Connection string. */
  readonly serviceBus: string;
  readonly tableUrl: string;
  /** Resources that tokens of the managed identity were asked for. */
  readonly identityAskedFor: readonly string[];
  /** An access token for the API, as Entra ID issues them to programs. */
  accessToken(claims?: JWTPayload): Promise<string>;
  /** What the managed identity gets for storage. */
  storageToken(): string;
  dispose(): Promise<void>;
}

/**
 * Starts stand-ins for Azure: storage over https that takes tokens of Entra ID and no key (Azurite), the identity endpoint of
 * a Container App, an issuer of access tokens, a model; and the local Service Bus. That one is opened by a connection string:
 * `@azure/service-bus` sends tokens over TLS only, to port 5671, and the local broker speaks plain AMQP.
 */
export async function startAzure(): Promise<Azure> {
  const disposer = new Disposer();
  const loraxKey = newSecret();
  const [key, serviceBus, lorax, storage, identity] = await Promise.all([
    newKey('entra-key'),
    startServiceBus({ entities, logger: silentLogger }),
    startLorax({
      ...{ port: 0, apiKey: loraxKey, logger: silentLogger },
      ...{ engine: 'simulated', baseModel: 'meta-llama/Llama-3.1-8B-Instruct' },
    }),
    startStorage(),
    startIdentityEndpoint(),
  ]);
  const issuer = await startIssuer([key], serverCertificate());
  for (const part of [serviceBus, lorax, storage, identity]) disposer.add(part);
  disposer.defer(() => issuer[Symbol.asyncDispose]());
  const authority = new URL(issuer.url).origin;
  return {
    env: {
      AZURE_SERVICEBUS_CONNECTION_STRING: serviceBus.connectionString,
      AosStateStore__tableServiceUri: storage.table,
      AosStateStore__blobServiceUri: storage.blob,
      AOS_LORAX_ENDPOINT: lorax.url,
      AOS_LORAX_API_KEY: loraxKey,
      ...identity.env,
      AZURE_CLIENT_ID: CLIENT_ID,
      AOS_AUTH_AUDIENCE: `api://${APP_ID}`,
      AOS_AUTH_TENANT_ID: TENANT,
      AOS_AUTH_AUTHORITY: authority,
      CONTAINER_APP_NAME: 'aos-runtime',
      NODE_EXTRA_CA_CERTS: certificateFile,
    },
    serviceBus: serviceBus.connectionString,
    tableUrl: storage.table,
    identityAskedFor: identity.askedFor,
    accessToken: (claims) =>
      sign(key, appClaims(Math.floor(Date.now() / 1000) * 1000, { iss: `${authority}/${TENANT}/v2.0`, ...claims })),
    storageToken: () => identityToken(STORAGE_AUDIENCE),
    dispose: () => disposer.dispose(),
  };
}

/** The token that the managed identity gets for a resource. Azurite looks at all of it but the signature. */
function identityToken(resource: string): string {
  const nowS = Math.floor(Date.now() / 1000);
  const claims = { iss: `https://sts.windows.net/${TENANT}/`, aud: resource, iat: nowS, nbf: nowS, exp: nowS + 3600 };
  return new UnsecuredJWT(claims).encode();
}

/** The endpoint that Container Apps give their containers: whoever has its secret header gets tokens of the identity. */
async function startIdentityEndpoint() {
  const secret = newSecret();
  const askedFor: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    const resource = searchParams.get('resource') ?? '';
    const known = request.headers['x-identity-header'] === secret && searchParams.get('client_id') === CLIENT_ID;
    if (known) askedFor.push(resource);
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    const answer = {
      ...{ access_token: identityToken(resource), token_type: 'Bearer', resource },
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
    };
    response.end(JSON.stringify(known ? answer : { error: 'unauthorized' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: secret },
    askedFor,
    dispose: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const azurite = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');

/** The servers of the embedded storage, as their own command starts them: over https, with OAuth. */
async function startStorage() {
  const child = spawn(
    process.execPath,
    [
      ...[azurite, '--inMemoryPersistence', '--skipApiVersionCheck', '--disableProductStyleUrl', '--disableTelemetry'],
      ...['--blobPort', '0', '--queuePort', '0', '--tablePort', '0', '--silent'],
      ...['--oauth', 'basic', '--cert', certificateFile, '--key', keyFile],
    ],
    {
      env: { ...process.env, AZURITE_ACCOUNTS: `${ACCOUNT}:${Buffer.from(newSecret()).toString('base64')}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const origins = await listening(child, ['Blob', 'Table']);
  return {
    blob: `${origins.Blob}/${ACCOUNT}`,
    table: `${origins.Table}/${ACCOUNT}`,
    dispose: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** @returns the address of each service, once all of them say theirs */
async function listening<Service extends string>(
  child: ChildProcess,
  services: readonly Service[],
): Promise<Record<Service, string>> {
  const found: Partial<Record<string, string>> = {};
  for await (const line of createInterface({ input: child.stdout! })) {
    const [, service, origin] = /Azurite (\w+) service is successfully listening at (https:\S+)/.exec(line) ?? [];
    if (service) found[service] = origin;
    if (services.every((name) => found[name])) return found as Record<Service, string>;
  }
  throw new Error('Azurite ended before it was listening');
}
