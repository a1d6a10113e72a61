import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isAosError } from '../../../runtime/core/errors.ts';
import { certificateFile, serverCertificate } from '../../certificate/loopback.ts';
import { type Answer, type ArmOptions, type Context, refuse, SUBSCRIPTION_ID, TENANT_ID } from './context.ts';
import { type FailureKind, type Moment, type Refusal, refusalOf } from './failures.ts';
import { RegistryTasks } from './registry.ts';
import { routes } from './routes.ts';
import { ArmState } from './state.ts';

export type { ArmOptions } from './context.ts';
export { SUBSCRIPTION_ID, TENANT_ID } from './context.ts';
export type { FailureKind } from './failures.ts';

export interface Arm {
  /** `https://127.0.0.1:PORT` */
  url: string;
  /** For NODE_EXTRA_CA_CERTS of whoever calls it. */
  certificateFile: string;
  subscriptionId: string;
  tenantId: string;
  state: ArmState;
  /** From now on this goes wrong: always, or as many times. */
  fail(kind: FailureKind, times?: number): void;
  /** From now on nothing does. */
  heal(): void;
  dispose(): Promise<void>;
}

/** A stand-in for Azure Resource Manager, over HTTPS on loopback. It takes any bearer token. */
export async function startArm(options: ArmOptions = {}): Promise<Arm> {
  const state = new ArmState(SUBSCRIPTION_ID);
  let failing: { kind: FailureKind; times: number } | undefined;
  let url = '';
  const context: Context = {
    state,
    options,
    registry: new RegistryTasks(state, () => url),
    url: () => url,
    failing: () => failing?.kind,
  };
  /** Whether this request is to fail, and how. */
  const refused = (moment: Moment): Refusal | 'cut' | undefined => {
    if (!failing) return undefined;
    const refusal =
      failing.kind === 'network' && state.running() ? 'cut' : refusalOf(failing.kind, moment, state.running());
    if (refusal && --failing.times === 0) failing = undefined;
    return refusal;
  };
  const server = createServer(serverCertificate(), (request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', url).pathname;
    const method = request.method ?? 'GET';
    state.requests.push(`${method} ${path}`);
    const refusal = refused(momentOf(method, path));
    if (refusal === 'cut') return void request.socket.destroy();
    const body = await read(request);
    if (refusal) {
      const { status, error, retryAfterS } = refusal;
      return send(response, {
        status,
        body: { error },
        ...(retryAfterS !== undefined && { headers: { 'retry-after': String(retryAfterS) } }),
      });
    }
    send(response, reply(context, request, path, body));
  };
  url = await listen(server);
  return {
    url,
    certificateFile,
    subscriptionId: state.subscriptionId,
    tenantId: TENANT_ID,
    state,
    fail: (kind, times = Number.POSITIVE_INFINITY) => {
      failing = { kind, times };
    },
    heal: () => {
      failing = undefined;
    },
    dispose: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(context: Context, request: IncomingMessage, path: string, body: Buffer): Answer {
  if (!/^\/(uploads|logs)\//.test(path) && !/^Bearer .+/.test(request.headers.authorization ?? '')) {
    return refuse(401, 'AuthenticationFailed', 'Authentication failed. The Authorization header is missing.');
  }
  for (const { method, pattern, handle } of routes) {
    const match = pattern.exec(path);
    if (method !== request.method || !match) continue;
    try {
      const names = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([key, text]) => [key, decodeURIComponent(text)]),
      );
      return handle(context, names, body);
    } catch (error) {
      if (isAosError(error)) return refuse(400, 'InvalidTemplate', error.message);
      return refuse(500, 'InternalServerError', String(error));
    }
  }
  return refuse(404, 'NotFound', `The stand-in does not know ${request.method} ${path}.`);
}

function momentOf(method: string, path: string): Moment {
  if (/\/deployments\/[^/]+\/(validate|whatif)$/i.test(path)) return 'validate';
  if (method === 'PUT' && /\/deployments\/[^/]+$/i.test(path)) return 'put';
  return method === 'PUT' && /\/resourcegroups\/[^/]+$/i.test(path) ? 'group' : 'any';
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const type = text === '' || typeof body === 'string' ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, { ...type, ...headers }).end(text);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`https://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
