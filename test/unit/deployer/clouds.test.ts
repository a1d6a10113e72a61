import { expect, it } from 'vitest';
import { cloudOf } from '../../../runtime/deployer/clouds.ts';

const managerOf = (named: string | undefined, env: Record<string, string> = {}) =>
  cloudOf(named, env).cloud.resource_manager;

it('takes the cloud that is named, else the one of the environment, else the public one', () => {
  const env = { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' };
  expect(managerOf(undefined)).toBe('https://management.azure.com');
  expect(managerOf(undefined, env)).toBe('https://management.usgovcloudapi.net');
  expect(managerOf('china', env)).toBe('https://management.chinacloudapi.cn');
  expect(managerOf(undefined, { ...env, AZURE_RESOURCE_MANAGER_URL: 'https://arm.local.example/' })).toBe(
    'https://arm.local.example',
  );
});

it('signs in where the cloud is, unless only the environment knows', () => {
  expect(cloudOf('usgovernment', {}).authority).toBe('https://login.microsoftonline.us');
  expect(cloudOf('https://management.chinacloudapi.cn', {}).authority).toBe('https://login.chinacloudapi.cn');
  expect(cloudOf('https://arm.local.example', {}).authority).toBeUndefined();
});

it('refuses what would carry a token in the clear', () => {
  expect(() => cloudOf('http://management.azure.com', {})).toThrow(/https URL/);
});
