import { createHmac } from 'node:crypto';
import { sameSecret } from '../../../core/ids.ts';
import { BusFault } from '../entity/fault.ts';

/** The key that clients sign their tokens with. */
export interface SharedAccessKey {
  keyName: string;
  key: string;
}

/** What a token allows: everything below `path` ('' is the whole namespace), until it expires. */
export interface Claim {
  path: string;
  expiresAtMs: number;
}

const unauthorized = (description: string) => new BusFault('unauthorized', description);

/**
 * Verifies a shared access signature: `SharedAccessSignature sr=<resource>&sig=<signature>&se=<expiry>&skn=<key name>`,
 * signed with HMAC-SHA256 over `<resource>\n<expiry>`, both as they stand in the token.
 * @param audience what the client wants to use; it must lie below the token's resource
 * @throws BusFault unauthorized
 */
export function verifySasToken(token: string, audience: string, key: SharedAccessKey, nowMs: number): Claim {
  const fields = parse(token);
  const { sr, sig, se, skn } = fields;
  if (!sr || !sig || !se || !skn)
    throw unauthorized('MalformedToken: The token is no complete SharedAccessSignature (sr, sig, se, skn).');
  const expected = createHmac('sha256', key.key).update(`${sr}\n${se}`).digest('base64');
  const signatureFits = sameSecret(decodeField(sig), expected);
  if (!signatureFits || skn !== encodeURIComponent(key.keyName)) {
    throw unauthorized(
      'InvalidSignature: The token has an invalid signature. Check the SharedAccessKeyName and SharedAccessKey of the connection string.',
    );
  }
  const expiresAtMs = Number(se) * 1000;
  if (!(expiresAtMs > nowMs))
    throw unauthorized('ExpiredToken: The token is expired. Check the clock of this machine.');
  const path = pathOf(audience);
  if (!covers(pathOf(decodeField(sr)), path))
    throw unauthorized('InvalidAudience: The token was made for another entity.');
  return { path, expiresAtMs };
}

function parse(token: string): Record<string, string> {
  const prefix = 'SharedAccessSignature ';
  if (!token.startsWith(prefix)) return {};
  const pairs = token.slice(prefix.length).split('&');
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

function decodeField(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new BusFault('unauthorized', 'MalformedToken: The token is not URL-encoded as it should be.', { cause });
  }
}

/** `sb://host:port/Orders/` -> `orders`. The host is not looked at: the broker may be reached under several names. */
export function pathOf(audience: string): string {
  return audience
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/^\/+|\/+$/g, '')
    .toLowerCase();
}

/** True if `path` is `claimed`, or lies below it. */
export function covers(claimed: string, path: string): boolean {
  return claimed === '' || path === claimed || path.startsWith(`${claimed}/`);
}
