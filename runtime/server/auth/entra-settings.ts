import { hostingNames, readSetting } from '../../contracts/environment-names.ts';
import { AosError } from '../../core/errors.ts';

/** Whose tokens the API takes, and for what. */
export interface EntraSettings {
  tenantId: string;
  /** `aud` of a token: the application's id, or its id URI; a token has either, depending on its version. */
  audiences: readonly string[];
  /** `iss` of a token, of version 1 and of version 2. Which of them a tenant issues is a setting of the application. */
  issuers: readonly string[];
  /** Where the public keys are. */
  keysUrl: string;
}

const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';
/** Tokens of version 1 are issued under another name; in China under its own (learn.microsoft.com, access-token-claims). */
const V1_ISSUERS: Record<string, string> = {
  'https://login.chinacloudapi.cn': 'https://sts.chinacloudapi.cn',
  'https://login.partner.microsoftonline.cn': 'https://sts.chinacloudapi.cn',
};
const V1_ISSUER = 'https://sts.windows.net';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Reads AOS_AUTH_AUDIENCE, AOS_AUTH_TENANT_ID (else AZURE_TENANT_ID) and AOS_AUTH_AUTHORITY (else AZURE_AUTHORITY_HOST; the
 * public cloud by default).
 * @returns undefined without an audience: then no token of Entra ID is taken
 * @throws AosError AOS_CONFIG_INVALID naming the variable
 */
export function entraSettings(env: Record<string, string | undefined>): EntraSettings | undefined {
  const audience = readSetting(env, 'authAudience');
  if (audience === undefined) return undefined;
  const tenantId = readSetting(env, 'authTenant')?.toLowerCase();
  // Never "common" or "organizations": whoever has an account anywhere would be let in.
  if (tenantId === undefined || !GUID.test(tenantId)) {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `${hostingNames.authAudience[0]} is set, so ${hostingNames.authTenant[0]} must be the id of a tenant (a GUID).`,
    );
  }
  const authority = authorityOf(readSetting(env, 'authAuthority') ?? PUBLIC_AUTHORITY);
  return {
    tenantId,
    audiences: bothForms(audience),
    issuers: [`${V1_ISSUERS[authority] ?? V1_ISSUER}/${tenantId}/`, `${authority}/${tenantId}/v2.0`],
    keysUrl: `${authority}/${tenantId}/discovery/v2.0/keys`,
  };
}

/** An application id and `api://<application id>` name the same application. */
function bothForms(audience: string): string[] {
  const id = audience.replace(/^api:\/\//, '');
  return GUID.test(id) ? [id, `api://${id}`] : [audience];
}

function authorityOf(text: string): string {
  const url = text.includes('://') ? text : `https://${text}`;
  if (URL.canParse(url) && new URL(url).protocol === 'https:') return new URL(url).origin;
  throw new AosError(
    'AOS_CONFIG_INVALID',
    `${hostingNames.authAuthority[0]} is no https address. Leave it out, or give the one of your cloud, like ${PUBLIC_AUTHORITY}.`,
  );
}
