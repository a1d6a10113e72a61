import { describe, expect, it } from 'vitest';
import { telemetrySettings } from '../../../runtime/telemetry/settings.ts';

describe('telemetrySettings', () => {
  it('records a tenth of the traces in the cloud, all of them locally, and exports nothing', () => {
    expect(telemetrySettings({}, 'cloud')).toEqual({
      serviceName: 'aos',
      samplingRatio: 0.1,
      otlpEndpoint: undefined,
      applicationInsights: undefined,
    });
    expect(telemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, 'local').samplingRatio).toBe(1);
  });

  it("takes OpenTelemetry's own variables", () => {
    const env = {
      OTEL_SERVICE_NAME: 'boardroom',
      OTEL_TRACES_SAMPLER_ARG: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=00000000-0000-4000-8000-000000000000;Region=x',
    };
    expect(telemetrySettings(env, 'cloud')).toEqual({
      serviceName: 'boardroom',
      samplingRatio: 0,
      otlpEndpoint: 'http://127.0.0.1:4318',
      applicationInsights: env.APPLICATIONINSIGHTS_CONNECTION_STRING,
    });
  });

  it.each([
    { OTEL_TRACES_SAMPLER_ARG: '10%' },
    { OTEL_TRACES_SAMPLER_ARG: '1.5' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' },
    { APPLICATIONINSIGHTS_CONNECTION_STRING: 'IngestionEndpoint=https://x' },
  ])('refuses %j, naming the variable', (env) => {
    expect(() => telemetrySettings(env, 'local')).toThrow(
      expect.objectContaining({ code: 'AOS_CONFIG_INVALID', message: expect.stringContaining(Object.keys(env)[0]!) }),
    );
  });
});
