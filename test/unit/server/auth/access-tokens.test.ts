import { createPublicKey } from 'node:crypto';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../../runtime/core/logger.ts';
import { AccessTokens, type Permission } from '../../../../runtime/server/auth/access-tokens.ts';
import { entraSettings } from '../../../../runtime/server/auth/entra-settings.ts';
import { createHttpServer } from '../../../../runtime/server/http-server.ts';
import { APP_ID, appClaims, newKey, type SigningKey, sign, startIssuer, TENANT } from './issuer.ts';

let key: SigningKey;
let other: SigningKey;
beforeAll(async () => {
  [key, other] = await Promise.all([newKey('key-1'), newKey('key-2')]);
});

/** Access tokens checked against an issuer with `key`, and a server behind them; time stands still. */
async function setUp(keys: readonly SigningKey[] = [key]) {
  const issuer = await startIssuer(keys);
  const clock = new ManualClock();
  const records: LogRecord[] = [];
  const logger = createLogger({ scope: 'auth', write: (record) => records.push(record) });
  const settings = entraSettings({ AOS_AUTH_AUDIENCE: APP_ID, AOS_AUTH_TENANT_ID: TENANT })!;
  const tokens = new AccessTokens({ settings: { ...settings, keysUrl: issuer.url }, clock, logger });
  const server = createHttpServer({ token: 'token-of-this-run', accessTokens: tokens, logger });
  server.get('/api/status', async () => ({ ok: true }));
  server.post('/api/agent_infer', async () => ({ ok: true }));
  const call = (token: string, method: 'GET' | 'POST' = 'POST') =>
    server.inject({
      method,
      url: method === 'GET' ? '/api/status' : '/api/agent_infer',
      headers: { authorization: `Bearer ${token}`, host: 'localhost' },
    });
  const claims = (more: JWTPayload = {}) => appClaims(clock.now(), more);
  return {
    ...{ issuer, clock, records, tokens, call, claims },
    /** @returns the code of the error, or undefined for a token that is let in */
    check: (token: string, wanted: Permission = 'write') =>
      tokens.check(token, wanted).then(
        () => undefined,
        (error) => error.code as string,
      ),
    [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose](),
  };
}

describe('access tokens that are let in', () => {
  it.each<[string, JWTPayload]>([
    ['of version 2', {}],
    ['of version 1', { iss: `https://sts.windows.net/${TENANT}/`, aud: `api://${APP_ID}`, azp: undefined, appid: 'x' }],
    ['for several audiences', { aud: ['other', APP_ID] }],
    ['that a clock half a minute ahead has issued', { nbf: Date.UTC(2026, 0, 1) / 1000 + 30 }],
    ['that have just expired', { exp: Date.UTC(2026, 0, 1) / 1000 - 30 }],
    ['of a person, with the scope', { scp: 'openid AOS.Write', roles: undefined }],
  ])('%s', async (_what, more) => {
    await using entra = await setUp();
    expect((await entra.call(await sign(key, entra.claims(more)))).statusCode).toBe(200);
  });

  it('may look with AOS.Read, and do everything with AOS.Write', async () => {
    await using entra = await setUp();
    const reader = await sign(key, entra.claims({ roles: ['AOS.Read'] }));
    const writer = await sign(key, entra.claims({ roles: ['AOS.Write'] }));
    expect((await entra.call(reader, 'GET')).statusCode).toBe(200);
    expect((await entra.call(writer, 'GET')).statusCode).toBe(200);
    const refused = await entra.call(reader);
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'AOS_FORBIDDEN']);
    expect(refused.json().error).toContain('AOS.Write');
  });

  it('do no more for a person than the application was allowed to, whatever his roles are', async () => {
    await using entra = await setUp();
    const token = await sign(key, entra.claims({ scp: 'AOS.Read', roles: ['AOS.Write'] }));
    expect([await entra.check(token, 'read'), await entra.check(token)]).toEqual([undefined, 'AOS_FORBIDDEN']);
  });

  it('stand beside the token of this run, which goes on', async () => {
    await using entra = await setUp();
    expect((await entra.call('token-of-this-run')).statusCode).toBe(200);
    expect(entra.issuer.asked).toBe(0);
  });
});

describe('access tokens that are refused', () => {
  const attacks: Record<string, (claims: (more?: JWTPayload) => JWTPayload) => Promise<string> | string> = {
    'another tenant': (claims) =>
      sign(key, claims({ iss: `https://login.microsoftonline.com/${'0'.repeat(8)}-0000-4000-8000-000000000000/v2.0` })),
    'another issuer': (claims) => sign(key, claims({ iss: `https://evil.example/${TENANT}/v2.0` })),
    'no issuer': (claims) => sign(key, claims({ iss: undefined })),
    'another audience': (claims) => sign(key, claims({ aud: 'https://storage.azure.com' })),
    'no audience': (claims) => sign(key, claims({ aud: undefined })),
    expired: (claims) => sign(key, claims({ exp: Date.UTC(2026, 0, 1) / 1000 - 61 })),
    'without an end': (claims) => sign(key, claims({ exp: undefined })),
    'not yet good': (claims) => sign(key, claims({ nbf: Date.UTC(2026, 0, 1) / 1000 + 61 })),
    'an ID token': (claims) => sign(key, claims({ azp: undefined, nonce: 'n' })),
    'a signature of another key under a known name': (claims) => sign({ ...other, kid: 'key-1' }, claims()),
    'an unknown key': (claims) => sign(other, claims()),
    'changed claims': async (claims) => {
      const [header, , signature] = (await sign(key, claims({ roles: ['AOS.Read'] }))).split('.');
      return [header, Buffer.from(JSON.stringify(claims())).toString('base64url'), signature].join('.');
    },
    'without a signature': async (claims) => `${(await sign(key, claims())).split('.').slice(0, 2).join('.')}.`,
    'algorithm none': (claims) => new UnsecuredJWT(claims()).encode(),
    'HMAC with the public key': (claims) => {
      const secret = createPublicKey({ key: key.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const header = { alg: 'HS256', typ: 'JWT', kid: 'key-1' };
      return new SignJWT(claims()).setProtectedHeader(header).sign(Buffer.from(secret));
    },
    'another RSA algorithm': async (claims) => {
      const subtle = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' };
      const pkcs8 = await crypto.subtle.exportKey('pkcs8', key.privateKey);
      const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, subtle, false, ['sign']);
      return sign({ kid: 'key-1', privateKey }, claims(), { alg: 'RS512' });
    },
    'a key of its own in the header': (claims) =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', jwk: other.jwk, kid: 'mine' }).sign(other.privateKey),
    'an unknown critical header': async (claims) => {
      const header = Buffer.from('{"alg":"RS256","kid":"key-1","crit":["b65"],"b65":true}').toString('base64url');
      return [header, ...(await sign(key, claims())).split('.').slice(1)].join('.');
    },
    nonsense: () => 'nonsense',
    'three dots of nothing': () => '...',
  };

  it.each(Object.entries(attacks))('%s', async (_attack, make) => {
    await using entra = await setUp();
    const token = await make(entra.claims);
    const answer = await entra.call(token);
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(answer.json()).toEqual({
      code: 'AOS_UNAUTHORIZED',
      error: expect.stringMatching(/^The access token is not valid for this API/),
    });
    const log = JSON.stringify(entra.records);
    expect(entra.records).toMatchObject([{ level: 'warn', fields: { why: expect.stringMatching(/./) } }]);
    for (const part of token.split('.').filter((text) => text.length > 10)) expect(log).not.toContain(part);
  });

  it('answers all of them with the same body', async () => {
    await using entra = await setUp();
    const bodies = await Promise.all(
      Object.values(attacks).map(async (make) => (await entra.call(await make(entra.claims))).body),
    );
    expect(new Set(bodies).size).toBe(1);
  });
});

describe('the signing keys', () => {
  it('are asked for once, for many tokens', async () => {
    await using entra = await setUp();
    const token = await sign(key, entra.claims());
    expect(await Promise.all(Array.from({ length: 50 }, () => entra.check(token)))).toEqual(Array(50).fill(undefined));
    expect(entra.issuer.asked).toBe(1);
  });

  it('may be rotated while it runs', async () => {
    await using entra = await setUp();
    expect(await entra.check(await sign(key, entra.claims()))).toBeUndefined();
    entra.issuer.keys = [key, other];
    await entra.clock.advance(31_000);
    expect(await entra.check(await sign(other, entra.claims()))).toBeUndefined();
    expect(await entra.check(await sign(key, entra.claims()))).toBeUndefined();
  });

  it('are forgotten within the hour when they are withdrawn', async () => {
    await using entra = await setUp([key, other]);
    expect(await entra.check(await sign(other, entra.claims()))).toBeUndefined();
    entra.issuer.keys = [key];
    await entra.clock.advance(61 * 60_000);
    await entra.check(await sign(key, entra.claims()));
    await expect.poll(() => entra.issuer.asked).toBe(2);
    await expect.poll(async () => entra.check(await sign(other, entra.claims()))).toBe('AOS_UNAUTHORIZED');
  });

  it('are not asked for again and again by whoever sends unknown ones', async () => {
    await using entra = await setUp();
    await entra.check(await sign(key, entra.claims()));
    await entra.clock.advance(31_000);
    const unknown = await sign(other, entra.claims());
    for (let i = 0; i < 20; i++) expect(await entra.check(unknown)).toBe('AOS_UNAUTHORIZED');
    expect(entra.issuer.asked).toBe(2);
  });

  it('known last go on while the issuer is away, and the log says so once', async () => {
    await using entra = await setUp();
    await entra.check(await sign(key, entra.claims()));
    entra.issuer.status = 500;
    for (let hour = 0; hour < 3; hour++) {
      await entra.clock.advance(61 * 60_000);
      expect(await entra.check(await sign(key, entra.claims()))).toBeUndefined();
      await expect.poll(() => entra.issuer.asked).toBe(hour + 2);
    }
    await expect.poll(() => entra.records).toHaveLength(1);
    expect(entra.records).toMatchObject([{ level: 'warn', message: expect.stringContaining('known last go on') }]);
  });

  it('that were never known make the API say that it cannot check, and when to try again', async () => {
    await using entra = await setUp();
    entra.issuer.status = 500;
    const token = await sign(key, entra.claims());
    const answer = await entra.call(token);
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'AOS_IDENTITY', '2']);
    expect(await entra.tokens.available()).toBe(false);
    entra.issuer.status = 200;
    await entra.clock.advance(2000);
    expect([await entra.tokens.available(), await entra.check(token)]).toEqual([true, undefined]);
  });
});
