import { describe, expect, it } from 'vitest';
import { environmentNames } from '../../../runtime/contracts/environment-names.ts';
import { filledFrom, importOf } from './support/workspace.ts';

const SETTINGS = {
  orchestrator: { type: 'perpetual', version: '3' },
  agents: { max_concurrent: 100, default_timeout: 300, health_check_interval: 60 },
  storage: { connection_string: filledFrom('MY_STORAGE'), container_name: 'aos-data' },
  messaging: { connection_string: 'Endpoint=sb://x', topic_name: 'agent-events' },
  ml: { enable_lorax: true, base_model: filledFrom('BASE'), cache_enabled: false },
  reliability: { retry_attempts: 4, circuit_breaker_threshold: 7, backoff_multiplier: 2 },
  observability: { enable_tracing: true, enable_metrics: true, sampling_rate: 0.1 },
  azure: { keyvault_url: filledFrom('KEY_VAULT_URL') },
};

describe('aos_config.json', () => {
  it('gives the settings that aos.json has too', () => {
    const { config } = importOf({ 'aos_config.json': SETTINGS, '.env': 'BASE=org/model\nAOS_DEBUG=true' });
    expect(config.runtime).toMatchObject({
      deadlines: { handler_seconds: 300 },
      cache: { enabled: false },
      retry: { attempts: 4 },
      breaker: { failure_threshold: 7 },
    });
    expect(config.model.base).toBe('org/model');
    expect(config.connections).toEqual({
      storage: 'env:MY_STORAGE',
      service_bus: 'env:AZURE_SERVICEBUS_CONNECTION_STRING',
    });
  });

  it('says what it leaves: what has no place, what does not fit, and what it cannot fill in', () => {
    const { field, config } = importOf({
      'aos_config.json': { ...SETTINGS, reliability: { retry_attempts: 99 } },
    });
    expect(field('observability.sampling_rate')?.note).toContain('OTEL_TRACES_SAMPLER_ARG');
    expect(field('azure')?.note).toBe('it belongs to the deployment');
    expect(field('reliability.retry_attempts')?.note).toContain('runtime.retry.attempts cannot hold it');
    expect(field('ml.base_model')?.note).toBe('BASE is set in no environment file of the workspace');
    expect(config.runtime.retry.attempts).toBe(3);
  });

  it('counts before production_config.json, and says so', () => {
    const { config, field } = importOf({
      'aos_config.json': SETTINGS,
      'production_config.json': { ...SETTINGS, reliability: { retry_attempts: 5, circuit_breaker_threshold: 7 } },
    });
    expect(config.runtime.retry.attempts).toBe(4);
    expect(field('reliability.retry_attempts', 'production_config.json')?.note).toBe(
      'runtime.retry.attempts has come from aos_config.json',
    );
    expect(field('reliability.circuit_breaker_threshold', 'production_config.json')?.outcome).toBe('taken');
  });

  it('keeps the local cloud where it names an emulator', () => {
    const { config } = importOf({
      'aos_config.json': {
        storage: { connection_string: 'UseDevelopmentStorage=true' },
        messaging: { connection_string: 'test' },
      },
    });
    expect(config.connections).toEqual({ storage: 'embedded', service_bus: 'embedded' });
  });
});

describe('an environment file', () => {
  const env = (...lines: string[]) => importOf({ '.env': lines.join('\n') });

  it.each(environmentNames.serviceBusConnectionString)('connects the Service Bus through %s', (variable) => {
    const { config, todo } = env(`${variable}="Endpoint=sb://x;SharedAccessKey=y="`);
    expect(config.connections.service_bus).toBe(`env:${variable}`);
    expect(todo).toEqual([expect.stringContaining(`Set ${variable} in the environment`)]);
  });

  it('connects with an Azure identity', () => {
    const { config } = env(
      'ServiceBusConnection__fullyQualifiedNamespace=aos.servicebus.windows.net',
      'AosStateStore__tableServiceUri=https://aosstate.table.core.windows.net/',
    );
    expect(config.connections).toEqual({
      service_bus: { namespace: 'aos.servicebus.windows.net', identity: 'default' },
      storage: { account: 'aosstate', identity: 'default' },
    });
  });

  it('sets the model and how it is asked', () => {
    const { config } = env(
      'AOS_LORAX_BASE_MODEL=org/model',
      'AOS_LORAX_HOST=lorax.internal',
      'AOS_LORAX_PORT=9000',
      'AOS_LORAX_ADAPTER_CACHE_SIZE=12',
      'AOS_LORAX_GPU_MEMORY_UTILIZATION=.8',
      'AOS_LORAX_MAX_CONCURRENT_REQUESTS=128',
    );
    expect(config.model).toMatchObject({
      base: 'org/model',
      endpoint: 'http://lorax.internal:9000',
      max_adapters: 12,
      gpu_memory_utilization: 0.8,
    });
    expect(config.runtime.adaptive_limit.max).toBe(128);
  });

  it('keeps the embedded endpoint where AOS only simulated one', () => {
    const { config, field } = env('AOS_LORAX_HOST=0.0.0.0', 'AOS_LORAX_PORT=8080');
    expect(config.model.endpoint).toBe('embedded');
    expect(field('AOS_LORAX_HOST')?.note).toContain('http://localhost:8080');
  });

  it('accounts for every variable', () => {
    const lines = [
      'AOS_LOG_LEVEL=debug',
      'AOS_DEBUG=1',
      'FOUNDRY_ENDPOINT=x',
      'DATABASE=x',
      'AOS_STORAGE_TYPE=file',
      'AOS_MAX_WORKFLOWS=',
      'KEY_VAULT_URL=x',
    ];
    const { fields } = env(...lines);
    expect(
      Object.fromEntries(fields.filter(({ file }) => file === '.env').map(({ field, outcome }) => [field, outcome])),
    ).toEqual({
      AOS_LOG_LEVEL: 'changed',
      AOS_DEBUG: 'left',
      FOUNDRY_ENDPOINT: 'left',
      DATABASE: 'left',
      AOS_STORAGE_TYPE: 'left',
      AOS_MAX_WORKFLOWS: 'left',
      KEY_VAULT_URL: 'left',
    });
  });

  it('that is an example connects nothing', () => {
    const { config, field } = importOf({
      '.env.example': 'SERVICE_BUS_CONNECTION=Endpoint=sb://x\nAOS_RETRY_MAX_ATTEMPTS=2',
    });
    expect(config.connections.service_bus).toBe('embedded');
    expect(field('SERVICE_BUS_CONNECTION')?.note).toBe('the file is an example');
    expect(config.runtime.retry.attempts).toBe(2);
  });

  it('may be local.settings.json of Azure Functions', () => {
    const { config, field } = importOf({
      'local.settings.json': {
        IsEncrypted: false,
        Values: { AzureServiceBusConnectionString: 'Endpoint=sb://x', AzureWebJobsStorage: 'x' },
      },
    });
    expect(config.connections.service_bus).toBe('env:AzureServiceBusConnectionString');
    expect(field('Values.AzureWebJobsStorage')?.note).toBe('it belongs to Azure Functions');
  });
});

it('names the workspace after its app, or after its folder', () => {
  const app = {
    app_id: 'Business Infinity',
    app_name: 'BI',
    purpose: 'Run a company',
    agents_to_orchestrate: [{ agent_id: 'ceo' }],
  };
  const { config, field } = importOf({ 'app_registry.json': { version: '1.0', apps: [app] } });
  expect(config).toMatchObject({ name: 'Business-Infinity', description: 'Run a company' });
  expect(field('apps[0].agents_to_orchestrate')?.note).toContain('workflow');
  expect(importOf({ '.env': 'AOS_DEBUG=1' }).config.name).toBe('business-infinity');
});

it('finds nothing in a folder without AOS', () => {
  expect(() =>
    importOf({ 'package.json': { name: 'x' }, '.env': 'PATH=x', 'aos.json': { name: 'x', agents: [{ id: 'a' }] } }),
  ).toThrow(expect.objectContaining({ code: 'AOS_NOT_FOUND' }));
});

it('names a registry that it cannot read', () => {
  const { field } = importOf({ 'agent_registry.json': '{"agents": [', '.env': 'AOS_DEBUG=1' });
  expect(field('', 'agent_registry.json')?.note).toContain('it is not valid JSON');
});
