import { describe, expect, it } from 'vitest';
import { storageAccess } from '../../../runtime/storage/connection.ts';

const KEY = Buffer.from('a secret').toString('base64');
const urlOf = (connection: string, service: 'table' | 'blob' = 'table') => storageAccess(connection, service).url;

describe('storageAccess', () => {
  it('finds the endpoint of the service', () => {
    const named = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
    expect(urlOf(named)).toBe('https://acct.table.core.windows.net');
    expect(urlOf(named, 'blob')).toBe('https://acct.blob.core.windows.net');
    expect(urlOf('UseDevelopmentStorage=true')).toBe('http://127.0.0.1:10002/devstoreaccount1');
    const sas = 'TableEndpoint=https://acct.table.core.windows.net/;SharedAccessSignature=sv=1&sig=abc%3D';
    expect(urlOf(sas)).toBe('https://acct.table.core.windows.net');
  });

  it('allows plain http on this machine only', () => {
    const local = `AccountName=aos;AccountKey=${KEY};TableEndpoint=http://127.0.0.1:1234/aos;`;
    expect(storageAccess(local, 'table')).toMatchObject({ url: 'http://127.0.0.1:1234/aos', insecure: true });
    const remote = `DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=${KEY}`;
    expect(() => urlOf(remote)).toThrow(expect.objectContaining({ code: 'AOS_CONFIG_INVALID' }));
    expect(() => urlOf(remote)).toThrow(/without encryption/);
  });

  it('refuses what is no connection string, without repeating it', () => {
    for (const text of ['', 'nonsense', `AccountKey=${KEY}`, 'TableEndpoint=not a url']) {
      expect(() => urlOf(text)).toThrow(expect.objectContaining({ code: 'AOS_CONFIG_INVALID' }));
      expect(() => urlOf(text)).not.toThrow(KEY);
    }
  });

  it('makes the address of an account that an identity opens', () => {
    const credential = { getToken: async () => null };
    expect(storageAccess({ account: 'acct', credential }, 'blob')).toMatchObject({
      kind: 'identity',
      url: 'https://acct.blob.core.windows.net',
      insecure: false,
    });
  });
});
