import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const TENANT = '11111111-2222-4333-8444-555555555555';
export const APP_ID = '99999999-8888-4777-8666-555555555555';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  /** As published. */
  jwk: JWK;
}

export async function newKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  // As Entra ID publishes them: without `alg`.
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
}

/** Signs claims as Entra ID does. */
export function sign(
  { kid, privateKey }: Pick<SigningKey, 'kid' | 'privateKey'>,
  claims: JWTPayload,
  header: { alg?: string; typ?: string } = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, ...header }).sign(privateKey);
}

/** The claims of a program's token, version 2. @param atMs the time it is issued; it is good for an hour */
export const appClaims = (atMs: number, claims: JWTPayload = {}): JWTPayload => ({
  iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  aud: APP_ID,
  azp: 'a-daemon',
  roles: ['AOS.Write'],
  iat: atMs / 1000,
  nbf: atMs / 1000,
  exp: atMs / 1000 + 3600,
  ...claims,
});

/** Publishes keys on this machine, as Entra ID does. @param tls with its certificate it is spoken to over https */
export async function startIssuer(keys: readonly SigningKey[], tls?: TlsOptions) {
  const state = { keys, asked: 0, status: 200 };
  const answer: RequestListener = (_request, response) => {
    state.asked++;
    response.writeHead(state.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: state.keys.map(({ jwk }) => jwk) }));
  };
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return Object.assign(state, {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
