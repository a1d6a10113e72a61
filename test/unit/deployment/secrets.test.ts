import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../../runtime/deployment/secrets.ts';
import { config, deployment, environmentOf, propertiesOf } from './support.ts';

const ofModel = {
  ...config,
  model: { ...config.model, api_key: 'secret:MODEL', headers: { 'x-key': 'env:HEADER_KEY' } },
};

describe('secrets of a deployment', () => {
  it('are what aos.json refers to, each under the variable the runtime reads it from, and the token for LoRAX', () => {
    expect(secretsOf(ofModel, deployment().choice).map(({ app, variable }) => [app, variable])).toEqual([
      ['runtime', 'HEADER_KEY'],
      ['runtime', 'MAIL_KEY'],
      ['runtime', 'AOS_SECRET_CRM_KEY'],
      ['runtime', 'AOS_SECRET_MODEL'],
      ['lorax', 'HUGGING_FACE_HUB_TOKEN'],
    ]);
  });

  it('go from a secure parameter into the key vault, and from there to the process by its identity', () => {
    const built = deployment();
    expect(built.template.parameters.secret_runtime_MAIL_KEY?.type).toBe('securestring');
    const stored = built.evaluated.resources.filter(({ type }) => type === 'Microsoft.KeyVault/vaults/secrets');
    expect(stored.map(({ properties }) => properties)).toContainEqual({ value: '‹secret_runtime_MAIL_KEY›' });
    const [{ configuration }] = propertiesOf(built, 'Microsoft.App/containerApps').filter(
      ({ template }) => template.containers[0].name === 'runtime',
    );
    for (const secret of configuration.secrets) {
      expect(secret).toEqual({
        name: expect.any(String),
        keyVaultUrl: expect.stringMatching(/‹boardroom-kv-.*\.vaultUri›secrets\//),
        identity: expect.stringMatching(/userAssignedIdentities\/boardroom-identity$/),
      });
    }
  });

  it('reach Functions as references to the key vault', () => {
    const environment = environmentOf(deployment({ host: 'functions-flex' }));
    expect(environment.MAIL_KEY).toMatch(
      /^@Microsoft\.KeyVault\(SecretUri=‹boardroom-kv-.*›secrets\/runtime-mail-key\)$/,
    );
  });

  it('need no key vault if there are none', () => {
    const none = { ...config, mcp_servers: {} };
    const built = deployment({ model: { kind: 'lorax', hub_token: false } }, {}, none);
    expect(propertiesOf(built, 'Microsoft.KeyVault/vaults')).toEqual([]);
    expect(JSON.stringify(built.template.resources)).not.toContain('KeyVault');
  });
});
