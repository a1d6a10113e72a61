import type { FastifyRequest } from 'fastify';
import { AosError } from '../../core/errors.ts';
import { sameSecret } from '../../core/ids.ts';
import type { AccessTokens } from './access-tokens.ts';

export interface CallerOptions {
  /** Of this run: whoever has it may do everything. */
  token: string;
  /** Where Microsoft Entra ID lets people and programs in; undefined: nobody else comes in. */
  accessTokens: AccessTokens | undefined;
}

/**
 * Lets a request in that has the token of this run, or an access token with the permission for it.
 * @throws AosError AOS_UNAUTHORIZED, AOS_FORBIDDEN, AOS_IDENTITY
 */
export async function checkCaller(request: FastifyRequest, { token, accessTokens }: CallerOptions): Promise<void> {
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given !== undefined && sameSecret(given, token)) return;
  if (given !== undefined && accessTokens) {
    return accessTokens.check(given, request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write');
  }
  const source = accessTokens ? 'Microsoft Entra ID issues it' : '`aos up --json` prints it';
  throw new AosError(
    'AOS_UNAUTHORIZED',
    given === undefined
      ? `This route wants the header "Authorization: Bearer <token>"; ${source}.`
      : `The token is not the one of this run; ${source}.`,
  );
}
