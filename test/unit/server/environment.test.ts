import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../runtime/contracts/config.ts';
import { environmentNames } from '../../../runtime/contracts/environment-names.ts';
import { busName, isLocal, resolveEndpoints, storageName } from '../../../runtime/server/environment.ts';
import { withEnvironment } from '../../../runtime/server/environment-overrides.ts';

const LOCAL = {
  AZURE_SERVICEBUS_CONNECTION_STRING: 'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=k;SharedAccessKey=s',
  AZURE_STORAGE_CONNECTION_STRING: 'AccountName=aos;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:1/aos',
  AOS_LORAX_ENDPOINT: 'http://127.0.0.1:2',
};
const CLOUD = {
  ServiceBusConnection__fullyQualifiedNamespace: 'aos-servicebus.servicebus.windows.net',
  AosStateStore__tableServiceUri: 'https://aosacct.table.core.windows.net/',
  AOS_LORAX_ENDPOINT: 'https://lorax.internal',
};
const embedded = configSchema.parse({ name: 'boardroom' });
const refusal = (env: Record<string, string>, config = embedded) =>
  expect(resolveEndpoints(config, env)).rejects.toMatchObject({ code: 'AOS_CONFIG_INVALID' });

describe('the services of a replica', () => {
  it('are the local ones that the launcher has prepared, whatever else is set', async () => {
    const endpoints = await resolveEndpoints(embedded, { ...CLOUD, ...LOCAL });
    expect(endpoints).toEqual({
      serviceBus: LOCAL.AZURE_SERVICEBUS_CONNECTION_STRING,
      storage: LOCAL.AZURE_STORAGE_CONNECTION_STRING,
      lorax: { endpoint: 'http://127.0.0.1:2', apiKey: undefined, headers: {} },
    });
    expect([isLocal(endpoints), busName(endpoints.serviceBus), storageName(endpoints.storage)]).toEqual([
      true,
      '127.0.0.1:5672',
      '127.0.0.1:1',
    ]);
  });

  it('are those of Azure, opened by the identity of the machine, with the same aos.json', async () => {
    const endpoints = await resolveEndpoints(embedded, CLOUD);
    const credential = { getToken: expect.any(Function) };
    expect(endpoints).toMatchObject({
      serviceBus: { fullyQualifiedNamespace: 'aos-servicebus.servicebus.windows.net', credential },
      storage: {
        account: 'aosacct',
        endpoints: {
          table: 'https://aosacct.table.core.windows.net',
          blob: 'https://aosacct.blob.core.windows.net',
        },
        credential,
      },
      lorax: { endpoint: 'https://lorax.internal' },
    });
    expect([isLocal(endpoints), storageName(endpoints.storage)]).toEqual([false, 'aosacct']);
  });

  it('are found under every spelling', async () => {
    for (const name of environmentNames.serviceBusConnectionString) {
      const { serviceBus } = await resolveEndpoints(embedded, { ...CLOUD, [name]: 'Endpoint=sb://by-key/' });
      expect([name, serviceBus]).toEqual([name, 'Endpoint=sb://by-key/']);
    }
    for (const name of environmentNames.storageConnectionString) {
      const { storage } = await resolveEndpoints(embedded, { ...CLOUD, [name]: 'AccountName=x' });
      expect([name, storage]).toEqual([name, 'AccountName=x']);
    }
    const { AOS_LORAX_ENDPOINT: _, ...rest } = CLOUD;
    const lorax = async (env: Record<string, string>) =>
      (await resolveEndpoints(embedded, { ...rest, ...env })).lorax.endpoint;
    expect(await lorax({ AOS_LORAX_HOST: 'lorax' })).toBe('http://lorax:8080');
    expect(await lorax({ AOS_LORAX_HOST: 'lorax', AOS_LORAX_PORT: '90' })).toBe('http://lorax:90');
    expect(await lorax({ AOS_LORAX_HOST: 'https://lorax.example' })).toBe('https://lorax.example');
  });

  it('are those that aos.json names, if it names any', async () => {
    const named = configSchema.parse({
      name: 'named',
      connections: { service_bus: { namespace: 'mine' }, storage: { account: 'acct' } },
    });
    expect(await resolveEndpoints(named, LOCAL)).toMatchObject({
      serviceBus: { fullyQualifiedNamespace: 'mine.servicebus.windows.net' },
      storage: { account: 'acct' },
    });
    const byName = configSchema.parse({ name: 'named', connections: { service_bus: 'env:BUS', storage: 'env:DATA' } });
    expect(await resolveEndpoints(byName, { ...LOCAL, BUS: 'b', DATA: 'd' })).toMatchObject({
      serviceBus: 'b',
      storage: 'd',
    });
    await refusal(LOCAL, byName);
  });

  it('are said to be missing by the names of their variables', async () => {
    await expect(resolveEndpoints(embedded, {})).rejects.toThrow(
      /AZURE_SERVICEBUS_CONNECTION_STRING and ServiceBusConnection__fullyQualifiedNamespace/,
    );
    await refusal({ ...CLOUD, AosStateStore__tableServiceUri: 'http://aosacct.table.core.windows.net' });
    await refusal({ ...CLOUD, AosStateStore__tableServiceUri: 'https://10.0.0.4/aosacct' });
  });
});

describe('withEnvironment', () => {
  it('lets the settings of AOS win over aos.json', () => {
    const changed = withEnvironment(embedded, {
      AOS_LORAX_BASE_MODEL: 'mistralai/Mistral-7B-v0.1',
      AOS_LORAX_ADAPTER_CACHE_SIZE: '20',
      AOS_LORAX_MAX_CONCURRENT_REQUESTS: '60',
      AOS_RETRY_MAX_ATTEMPTS: '5',
    });
    expect(changed.model).toMatchObject({ base: 'mistralai/Mistral-7B-v0.1', max_adapters: 20 });
    expect(changed.runtime).toMatchObject({ adaptive_limit: { max: 60 }, retry: { attempts: 5 } });
    expect(embedded.model.max_adapters).toBe(100);
    expect(withEnvironment(embedded, {})).toBe(embedded);
  });

  it.each([
    { AOS_RETRY_MAX_ATTEMPTS: 'often' },
    { AOS_RETRY_MAX_ATTEMPTS: '99' },
    { AOS_LORAX_GPU_MEMORY_UTILIZATION: '1.5' },
  ])('refuses %j, naming the variable', (env) => {
    expect(() => withEnvironment(embedded, env)).toThrow(
      expect.objectContaining({ code: 'AOS_CONFIG_INVALID', message: expect.stringContaining(Object.keys(env)[0]!) }),
    );
  });
});
