import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { AosError } from '../core/errors.ts';
import { AGENT_MESSAGES } from '../messaging/entities.ts';
import type { TriggeredMessage } from './triggered-shards.ts';

/** What the functions call: a replica that takes no sessions by itself. */
export interface FunctionsReplica {
  readonly http: Pick<FastifyInstance, 'inject'>;
  receive(message: TriggeredMessage): Promise<void>;
  dispose(): Promise<void>;
}

/** Name of the setting with the bus, without its `__fullyQualifiedNamespace`. */
const CONNECTION = 'ServiceBusConnection';
/** Between two machines; what the platform says of them is its own. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/**
 * Registers the functions of the app: the HTTP API under its own paths (host.json takes the prefix away), and the queue of
 * the agents by its sessions. The replica starts with the first call, and again if it could not.
 */
export function registerFunctions(start: () => Promise<FunctionsReplica>): void {
  let started: Promise<FunctionsReplica> | undefined;
  const replica = (): Promise<FunctionsReplica> => {
    started ??= start().catch((error) => {
      started = undefined;
      throw error;
    });
    return started;
  };
  app.http('api', {
    route: 'api/{*path}',
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    // The runtime checks its callers itself, see createHttpServer.
    authLevel: 'anonymous',
    handler: async (request) => answer((await replica()).http, request),
  });
  app.serviceBusQueue('agent-messages', {
    connection: CONNECTION,
    queueName: AGENT_MESSAGES,
    isSessionsEnabled: true,
    cardinality: 'one',
    autoCompleteMessages: true,
    handler: async (body, context) => (await replica()).receive(triggeredMessage(body, context)),
  });
  app.hook.appTerminate(async () => {
    await started?.then((one) => one.dispose());
  });
}

async function answer(http: FunctionsReplica['http'], request: HttpRequest): Promise<HttpResponseInit> {
  const { pathname, search, host } = new URL(request.url);
  if (pathname === '/api/events') {
    const error = new AosError(
      'AOS_NOT_FOUND',
      'Azure Functions has no stream of events. Ask GET /api/status instead.',
    );
    return { status: error.status, jsonBody: error.toBody() };
  }
  const body = Buffer.from(await request.arrayBuffer());
  const { statusCode, headers, rawPayload } = await http.inject({
    method: request.method as NonNullable<InjectOptions['method']> & string,
    url: pathname + search,
    headers: { ...Object.fromEntries(request.headers), host },
    ...(body.length > 0 && { payload: body }),
  });
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  return {
    status: statusCode,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    body: rawPayload,
  };
}

/** The names are those of the Service Bus extension, in camel case; it counts the delivery that is under way. */
function triggeredMessage(body: unknown, { triggerMetadata = {} }: InvocationContext): TriggeredMessage {
  const { sessionId, sequenceNumber, deliveryCount, applicationProperties } = triggerMetadata;
  return {
    body,
    sessionId: String(sessionId),
    sequenceNumber: BigInt(String(sequenceNumber ?? 0)),
    deliveryCount: Number(deliveryCount ?? 1) - 1,
    applicationProperties: (applicationProperties ?? {}) as Record<string, unknown>,
  };
}
