/** A token for Azure, or for the deployed runtime. */
export interface AccessToken {
  token: string;
  /** Epoch ms. */
  expiresAtMs: number;
}

/** For a token that does not say when it expires, ms. */
const UNKNOWN_LIFE_MS = 5 * 60_000;

/** When the `exp` claim of a JWT says that it expires; it is not verified here: who takes the token does that. */
export function expiryOf(token: string, nowMs: number): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (claims && typeof claims === 'object' && 'exp' in claims && typeof claims.exp === 'number')
      return claims.exp * 1000;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return nowMs + UNKNOWN_LIFE_MS;
}
