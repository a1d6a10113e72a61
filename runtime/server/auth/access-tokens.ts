import { errors, type JWTPayload, jwtVerify } from 'jose';
import { hostingNames } from '../../contracts/environment-names.ts';
import type { Clock } from '../../core/clock.ts';
import { AosError, isAosError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { isPublic } from '../hosts.ts';
import { type EntraSettings, entraSettings } from './entra-settings.ts';
import { KeySet } from './key-set.ts';

/** What a caller may do: look, or change something and make the model work. */
export type Permission = 'read' | 'write';

/**
 * App roles (of programs) and delegated scopes (of people) of the API's app registration. There are two, since a dashboard
 * should not be able to spend GPU time; whoever may write may read.
 */
export const PERMISSIONS: Record<Permission, string> = { read: 'AOS.Read', write: 'AOS.Write' };

/** Entra ID signs with nothing else; `none` and HMAC with a public key are attacks. */
const ALGORITHMS = ['RS256'];
/** Clocks may differ by as much, in seconds. */
const CLOCK_SKEW_S = 60;

export interface AccessTokensOptions {
  settings: EntraSettings;
  clock: Clock;
  logger: Logger;
}

/**
 * What the environment says about Entra ID, see {@link entraSettings}.
 * @returns undefined where no access tokens are taken
 * @throws AosError AOS_CONFIG_INVALID
 */
export function createAccessTokens({
  env,
  ...rest
}: Omit<AccessTokensOptions, 'settings'> & { env: Record<string, string | undefined> }): AccessTokens | undefined {
  const settings = entraSettings(env);
  if (settings) return new AccessTokens({ settings, ...rest });
  if (isPublic(env)) {
    rest.logger.warn(`${hostingNames.authAudience[0]} is not set: the API takes the token of this run, and no other`);
  }
  return undefined;
}

/** Checks access tokens of Microsoft Entra ID. */
export class AccessTokens {
  readonly #settings: EntraSettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #keys: KeySet;

  constructor({ settings, clock, logger }: AccessTokensOptions) {
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
    this.#keys = new KeySet({ url: settings.keysUrl, clock, logger });
  }

  /** Whether tokens can be checked: the keys are known. */
  available(): Promise<boolean> {
    return this.#keys.available();
  }

  /**
   * Checks issuer, audience, signature, algorithm, times and permission of a token.
   * @throws AosError AOS_UNAUTHORIZED, the same one whatever is wrong with the token (the log says what); AOS_FORBIDDEN if a
   *   good one lacks the permission; AOS_IDENTITY while there are no keys to check it with
   */
  async check(token: string, wanted: Permission): Promise<void> {
    const claims = await this.#verify(token);
    const held = permissionsOf(claims);
    if (held.includes(PERMISSIONS.write) || held.includes(PERMISSIONS[wanted])) return;
    this.#logger.info('a caller lacks a permission', { wanted: PERMISSIONS[wanted], app: claims.azp ?? claims.appid });
    throw new AosError(
      'AOS_FORBIDDEN',
      `This wants the app role or the scope ${PERMISSIONS[wanted]}, which the access token does not have. ` +
        'Let an administrator of the tenant assign it.',
    );
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { audiences, issuers } = this.#settings;
    try {
      const { payload } = await jwtVerify(token, this.#keys.find, {
        algorithms: ALGORITHMS,
        issuer: [...issuers],
        audience: [...audiences],
        clockTolerance: CLOCK_SKEW_S,
        requiredClaims: ['exp', 'nbf'],
        currentDate: new Date(this.#clock.now()),
      });
      // An ID token may have the same issuer, audience and roles, but names no calling application: it proves who signed in
      // somewhere, and was never meant for an API.
      if (payload.azp === undefined && payload.appid === undefined)
        throw new errors.JWTInvalid('it is no access token');
      return payload;
    } catch (error) {
      if (isAosError(error)) throw error;
      // The library's messages name claims and never repeat the token.
      this.#logger.warn('an access token was refused', { why: error instanceof Error ? error.message : 'unknown' });
      throw refused();
    }
  }
}

/** Scopes if a person is behind the call (an application must not do more for him than he agreed to), else app roles. */
function permissionsOf({ scp, roles }: JWTPayload): readonly unknown[] {
  if (typeof scp === 'string') return scp.split(' ');
  return Array.isArray(roles) ? roles : [];
}

/** Says nothing about the reason: that would help only those who guess. */
const refused = () =>
  new AosError(
    'AOS_UNAUTHORIZED',
    'The access token is not valid for this API. Sign in again; the log of the runtime says what is wrong with it.',
  );
