import type { Logger } from '../../../core/logger.ts';
import { BusFault } from '../entity/fault.ts';
import type { Delivery } from '../entity/message.ts';
import type { MessageQueue } from '../entity/message-queue.ts';
import type { Resolved } from '../entity/namespace.ts';
import { peekFirst } from '../entity/peek.ts';
import type { SessionLock, SessionTable } from '../entity/session-table.ts';
import { statusOf, toWireError } from './conditions.ts';
import type { LockTokens } from './lock-token.ts';
import {
  messagesField,
  numberField,
  numbersField,
  optionalText,
  type RequestBody,
  rawProperties,
  textField,
  tokensField,
} from './management-values.ts';
import { decodeMessage, encodeMessage } from './message-codec.ts';
import type { Request } from './request-link.ts';
import { arrayOf, type RheaMessage, types } from './rhea.ts';

export interface ManagementOptions {
  resolved: Resolved;
  tokens: LockTokens;
  logger: Logger;
}

interface Call {
  body: RequestBody;
  /** Name of the link on whose behalf the client asks, if it says so. */
  linkName: string | undefined;
  request: Request;
  resolved: Resolved;
  tokens: LockTokens;
}

interface Answer {
  /** 200 unless said otherwise; 204 means "nothing there". */
  status?: number;
  body?: Record<string, unknown>;
}

/** Replies are held to about this many bytes of messages; the client asks again for the rest. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** .NET's DateTime.MaxValue, as far as whole seconds go: clients send it to ask for the sessions that have messages. */
const MAX_DATE_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59);
const STATUS_TEXT: Record<number, string> = { 200: 'OK', 204: 'No Content' };

/** Answers the operations that clients send to `<entity>/$management`. */
export function answerManagement(request: Request, { resolved, tokens, logger }: ManagementOptions): RheaMessage {
  const properties = request.message.application_properties ?? {};
  const operation = String(properties.operation).replace(/^com\.microsoft:/, '');
  try {
    const run = operations[operation];
    if (!run) throw new BusFault('not-implemented', `The operation '${operation}' is not supported by this broker.`);
    const body = (request.message.body ?? {}) as RequestBody;
    const linkName = optionalText(properties, 'associated-link-name');
    const { status = 200, body: answer } = run({ body, linkName, request, resolved, tokens });
    return reply(status, STATUS_TEXT[status] ?? '', answer);
  } catch (error) {
    if (!(error instanceof BusFault)) logger.error(`The operation '${operation}' failed`, { error });
    const { condition, description } = toWireError(error);
    return reply(statusOf(error), description, undefined, condition);
  }
}

function reply(status: number, description: string, body?: Record<string, unknown>, condition?: string): RheaMessage {
  const properties: Record<string, unknown> = {
    statusCode: types.wrap_int(status),
    statusDescription: description,
    ...(condition ? { errorCondition: types.wrap_symbol(condition) } : {}),
  };
  return { application_properties: properties, body: body ?? null };
}

const operations: Record<string, (call: Call) => Answer> = {
  'renew-lock': ({ body, resolved, tokens }) => {
    const messages = receivable(resolved);
    return {
      body: { expirations: arrayOf.timestamps(tokensField(body, tokens).map((token) => messages.renew(token))) },
    };
  },

  'peek-message': ({ body, resolved }) => peek(body, resolved),

  'schedule-message': ({ body, resolved }) => {
    const entity = sendable(resolved);
    const contents = messagesField(body).map((bytes) => decodeMessage(bytes));
    return { body: { 'sequence-numbers': arrayOf.longs(entity.inlet.schedule(contents)) } };
  },

  'cancel-scheduled-message': ({ body, resolved }) => {
    sendable(resolved).inlet.cancel(numbersField(body, 'sequence-numbers'));
    return {};
  },

  'receive-by-sequence-number': (call) => {
    const messages = receivable(call.resolved);
    const mode = numberField(call.body, 'receiver-settle-mode') === 0 ? 'receiveAndDelete' : 'peekLock';
    const lock = messages.sessions ? sessionLock(call) : undefined;
    const deliveries = messages.takeDeferred(numbersField(call.body, 'sequence-numbers'), mode, lock);
    return { body: { messages: deliveries.map((delivery) => deliveryEntry(delivery, call.tokens)) } };
  },

  'update-disposition': (call) => updateDisposition(call),

  'renew-session-lock': (call) => {
    const expiresAtMs = sessionsOf(call.resolved).renew(sessionLock(call));
    return { body: { expiration: types.wrap_timestamp(expiresAtMs) } };
  },

  'set-session-state': (call) => {
    const state = call.body['session-state'];
    if (state !== null && state !== undefined && !Buffer.isBuffer(state))
      throw new BusFault('argument', "The 'session-state' must be binary.");
    sessionsOf(call.resolved).setState(sessionLock(call), state ?? undefined);
    return {};
  },

  'get-session-state': (call) => ({ body: { 'session-state': sessionLock(call).session.state ?? null } }),

  'get-message-sessions': ({ body, resolved }) => {
    const updatedAfter = body['last-updated-time'];
    const byState = updatedAfter instanceof Date && updatedAfter.getTime() < MAX_DATE_TIME_MS;
    const all = sessionsOf(resolved).list(byState ? updatedAfter.getTime() : undefined);
    const skip = numberField(body, 'skip');
    const ids = all.slice(skip, skip + numberField(body, 'top'));
    if (ids.length === 0) return { status: 204 };
    return { body: { skip: types.wrap_int(skip + ids.length), 'sessions-ids': ids } };
  },
};

function peek(body: RequestBody, { entity, messages, deadLetter }: Resolved): Answer {
  const request = {
    fromSequenceNumber: numberField(body, 'from-sequence-number'),
    count: numberField(body, 'message-count'),
    sessionId: optionalText(body, 'session-id'),
  };
  const found =
    deadLetter && messages ? peekFirst([messages.peek(request.fromSequenceNumber)], request) : entity.peek(request);
  const entries: { message: Buffer }[] = [];
  let bytes = 0;
  for (const message of found) {
    const encoded = encodeMessage(message, { omitBody: body['omit-message-body'] === true });
    bytes += encoded.length;
    if (entries.length > 0 && bytes > MAX_REPLY_BYTES) break;
    entries.push({ message: encoded });
  }
  return entries.length > 0 ? { body: { messages: entries } } : { status: 204 };
}

function updateDisposition(call: Call): Answer {
  const { body, resolved, tokens, request } = call;
  const messages = receivable(resolved);
  if (messages.sessions) sessionLock(call);
  const status = textField(body, 'disposition-status');
  const properties = rawProperties(request.bytes);
  for (const token of tokensField(body, tokens)) {
    if (status === 'completed') messages.complete(token);
    else if (status === 'abandoned') messages.abandon(token, properties);
    else if (status === 'defered') messages.defer(token, properties);
    else if (status === 'suspended') {
      const reason = optionalText(body, 'deadletter-reason');
      const description = optionalText(body, 'deadletter-description');
      messages.deadLetter(token, { reason, description, properties });
    } else throw new BusFault('argument', `'${status}' is no disposition status.`);
  }
  return {};
}

function deliveryEntry({ message, lock }: Delivery, tokens: LockTokens): Record<string, unknown> {
  const lockedUntilMs = lock?.session?.lockedUntilMs ?? lock?.lockedUntilMs;
  const entry: Record<string, unknown> = { message: encodeMessage(message, { lockedUntilMs }) };
  if (lock) entry['lock-token'] = types.wrap_uuid(tokens.toUuid(lock.token));
  return entry;
}

function receivable({ entity, messages }: Resolved): MessageQueue {
  if (!messages || entity.kind === 'topic')
    throw new BusFault('not-allowed', `'${entity.path}' is a topic: receive from one of its subscriptions.`);
  entity.checkReceive();
  return messages;
}

function sendable({ entity, deadLetter }: Resolved) {
  if (entity.kind === 'subscription' || deadLetter)
    throw new BusFault('not-allowed', `Messages cannot be sent to '${entity.path}': send to its topic.`);
  entity.checkSend();
  return entity;
}

function sessionsOf(resolved: Resolved): SessionTable {
  const { sessions } = receivable(resolved);
  if (!sessions)
    throw new BusFault('not-allowed', `'${resolved.entity.path}' has no sessions: its RequiresSession is false.`);
  return sessions;
}

/** The session's lock, if the link that asks has it. */
function sessionLock({ body, resolved, linkName }: Call): SessionLock {
  return sessionsOf(resolved).held(textField(body, 'session-id'), linkName);
}
