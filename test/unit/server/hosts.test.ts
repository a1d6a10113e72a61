import { describe, expect, it } from 'vitest';
import { hostsOf, isPublic } from '../../../runtime/server/hosts.ts';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

describe('the names that the API answers to', () => {
  it('are those of loopback on a developer’s machine', () => {
    expect(hostsOf({})).toEqual(LOOPBACK);
    expect(hostsOf({ AOS_BIND: '127.0.0.1' })).toEqual(LOOPBACK);
    expect([isPublic({}), isPublic({ AOS_BIND: '0.0.0.0' }), isPublic({ AOS_BIND: '::' })]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('are besides the ones it is told, and those of its Container App', () => {
    const hosts = hostsOf({
      AOS_HOSTS: ' api.example.com, AOS.example.com',
      CONTAINER_APP_NAME: 'aos-runtime',
      CONTAINER_APP_ENV_DNS_SUFFIX: 'blue-1234.westus2.azurecontainerapps.io',
      CONTAINER_APP_HOSTNAME: 'aos-runtime--rev1.blue-1234.westus2.azurecontainerapps.io',
    });
    expect(hosts.slice(LOOPBACK.length)).toEqual([
      'api.example.com',
      'aos.example.com',
      'aos-runtime',
      'aos-runtime.blue-1234.westus2.azurecontainerapps.io',
      'aos-runtime.internal.blue-1234.westus2.azurecontainerapps.io',
      'aos-runtime--rev1.blue-1234.westus2.azurecontainerapps.io',
    ]);
  });

  it('are besides its own addresses, and no others, where it listens beyond loopback', () => {
    const addresses = hostsOf({ AOS_BIND: '0.0.0.0' }).slice(LOOPBACK.length);
    for (const address of addresses) expect(address).toMatch(/^(\d+\.){3}\d+$|^\[[0-9a-f:]+\]$/);
    expect(addresses).not.toContain('0.0.0.0');
  });

  it.each(['*', 'https://api.example.com', 'api.example.com:443', '*.example.com'])(
    'are never a pattern: %s',
    (name) => {
      expect(() => hostsOf({ AOS_HOSTS: name })).toThrow(
        expect.objectContaining({ code: 'AOS_CONFIG_INVALID', message: expect.stringContaining('AOS_HOSTS') }),
      );
    },
  );
});
