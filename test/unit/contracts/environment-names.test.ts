import { describe, expect, it } from 'vitest';
import {
  environmentNames,
  hostingNames,
  readSetting,
  settingOf,
} from '../../../runtime/contracts/environment-names.ts';

describe('readSetting', () => {
  it.each([
    'AZURE_SERVICEBUS_CONNECTION_STRING',
    'AZURE_SERVICE_BUS_CONNECTION_STRING',
    'SERVICE_BUS_CONNECTION_STRING',
    'AzureServiceBusConnectionString',
    'SERVICE_BUS_CONNECTION',
    'AOS_MESSAGE_BUS_CONNECTION_STRING',
  ])('finds the Service Bus under %s', (variable) => {
    expect(readSetting({ [variable]: 'Endpoint=sb://x' }, 'serviceBusConnectionString')).toBe('Endpoint=sb://x');
  });

  it('takes the first spelling that is set and not empty', () => {
    const env = { KEY_VAULT_URI: '', KEY_VAULT_URL: 'last', AZURE_KEYVAULT_URL: 'second' };
    expect(readSetting(env, 'keyVaultUri')).toBe('second');
    expect(readSetting({}, 'keyVaultUri')).toBeUndefined();
  });
});

it('knows which setting a variable spells, each variable for one setting only', () => {
  const variables = [...Object.values(environmentNames), ...Object.values(hostingNames)].flat();
  expect(new Set(variables).size).toBe(variables.length);
  expect(settingOf('AZURE_KEY_VAULT_URL')).toBe('keyVaultUri');
  expect(settingOf('PATH')).toBeUndefined();
  // No sign of a workspace of the Python AOS: Azure’s own tools set it, too.
  expect(settingOf('AZURE_TENANT_ID')).toBeUndefined();
});
