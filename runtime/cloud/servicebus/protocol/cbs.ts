import { BusFault } from '../entity/fault.ts';
import type { Claims } from './claims.ts';
import { statusOf, toWireError } from './conditions.ts';
import type { Request } from './request-link.ts';
import { type RheaMessage, types } from './rhea.ts';
import { type SharedAccessKey, verifySasToken } from './sas.ts';

export interface CbsOptions {
  claims: Claims;
  key: SharedAccessKey;
  nowMs: number;
}

/** Answers put-token: checks the token and notes what it allows on this connection. */
export function answerCbs({ message }: Request, options: CbsOptions): RheaMessage {
  try {
    putToken(message, options);
    return reply(202, 'Accepted');
  } catch (error) {
    const { condition, description } = toWireError(error);
    return reply(statusOf(error), description, condition);
  }
}

function putToken(
  { application_properties: properties = {}, body }: RheaMessage,
  { claims, key, nowMs }: CbsOptions,
): void {
  const { operation, name, type } = properties;
  if (operation !== 'put-token')
    throw new BusFault('not-implemented', `$cbs has no operation '${operation}', only 'put-token'.`);
  if (type !== 'servicebus.windows.net:sastoken') {
    throw new BusFault(
      'unauthorized',
      `Tokens of type '${type}' are not known here: use a connection string with a SharedAccessKey.`,
    );
  }
  if (typeof name !== 'string' || typeof body !== 'string') {
    throw new BusFault('unauthorized', 'MalformedToken: put-token needs the audience as `name` and the token as body.');
  }
  claims.add(verifySasToken(body, name, key, nowMs));
}

function reply(status: number, description: string, condition?: string): RheaMessage {
  return {
    application_properties: {
      'status-code': types.wrap_int(status),
      'status-description': description,
      ...(condition ? { errorCondition: types.wrap_symbol(condition) } : {}),
    },
  };
}
