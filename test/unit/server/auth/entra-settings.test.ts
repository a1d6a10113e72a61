import { describe, expect, it } from 'vitest';
import { entraSettings } from '../../../../runtime/server/auth/entra-settings.ts';
import { APP_ID, TENANT } from './issuer.ts';

describe('entraSettings', () => {
  it('takes no access tokens without an audience', () => {
    expect(entraSettings({ AZURE_TENANT_ID: TENANT })).toBeUndefined();
  });

  it('knows both names of the application, and both issuers of the tenant', () => {
    const expected = {
      tenantId: TENANT,
      audiences: [APP_ID, `api://${APP_ID}`],
      issuers: [`https://sts.windows.net/${TENANT}/`, `https://login.microsoftonline.com/${TENANT}/v2.0`],
      keysUrl: `https://login.microsoftonline.com/${TENANT}/discovery/v2.0/keys`,
    };
    expect(entraSettings({ AOS_AUTH_AUDIENCE: `api://${APP_ID}`, AZURE_TENANT_ID: TENANT })).toEqual(expected);
    expect(entraSettings({ AOS_AUTH_AUDIENCE: APP_ID, AOS_AUTH_TENANT_ID: TENANT.toUpperCase() })).toEqual(expected);
    const uri = { AOS_AUTH_AUDIENCE: 'https://aos.example', AOS_AUTH_TENANT_ID: TENANT };
    expect(entraSettings(uri)?.audiences).toEqual(['https://aos.example']);
  });

  it('goes to the authority of another cloud', () => {
    const env = { AOS_AUTH_AUDIENCE: APP_ID, AOS_AUTH_TENANT_ID: TENANT };
    const china = entraSettings({ ...env, AZURE_AUTHORITY_HOST: 'https://login.partner.microsoftonline.cn/' });
    expect(china?.issuers).toEqual([
      `https://sts.chinacloudapi.cn/${TENANT}/`,
      `https://login.partner.microsoftonline.cn/${TENANT}/v2.0`,
    ]);
    expect(entraSettings({ ...env, AOS_AUTH_AUTHORITY: 'login.microsoftonline.us' })?.keysUrl).toBe(
      `https://login.microsoftonline.us/${TENANT}/discovery/v2.0/keys`,
    );
  });

  it.each([
    [{ AOS_AUTH_AUDIENCE: APP_ID }, 'AOS_AUTH_TENANT_ID'],
    [{ AOS_AUTH_AUDIENCE: APP_ID, AOS_AUTH_TENANT_ID: 'common' }, 'AOS_AUTH_TENANT_ID'],
    [
      { AOS_AUTH_AUDIENCE: APP_ID, AOS_AUTH_TENANT_ID: TENANT, AOS_AUTH_AUTHORITY: 'http://127.0.0.1' },
      'AOS_AUTH_AUTHORITY',
    ],
  ])('refuses %j, naming %s', (env, variable) => {
    expect(() => entraSettings(env)).toThrow(
      expect.objectContaining({ code: 'AOS_CONFIG_INVALID', message: expect.stringContaining(variable) }),
    );
  });
});
