import { readSetting } from '../contracts/environment-names.ts';
import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { azureMonitorExport } from './azure-monitor.ts';
import type { TelemetryExport } from './exports.ts';
import { otlpExport } from './otlp.ts';

export interface TelemetrySettings {
  serviceName: string;
  /** Share of new traces that are recorded, 0 to 1; a trace that came with a request or message keeps its own mark. */
  samplingRatio: number;
  /** Base address of an OTLP collector; undefined: nothing goes to one. */
  otlpEndpoint: string | undefined;
  /** Connection string of Application Insights; undefined: nothing goes there. */
  applicationInsights: string | undefined;
}

/** In the cloud a tenth of the traces is kept (R39), on a developer's machine all of them. Metrics are never sampled. */
export const SAMPLING_RATIOS = { cloud: 0.1, local: 1 } as const;

/**
 * Reads OpenTelemetry's own variables: OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER_ARG (the ratio) and
 * OTEL_EXPORTER_OTLP_ENDPOINT; and Azure's APPLICATIONINSIGHTS_CONNECTION_STRING.
 * @throws AosError AOS_CONFIG_INVALID for a ratio that is none, an endpoint that is no http address, or a connection string
 *   without an instrumentation key
 */
export function telemetrySettings(
  env: Record<string, string | undefined>,
  where: keyof typeof SAMPLING_RATIOS,
): TelemetrySettings {
  return {
    serviceName: readSetting(env, 'telemetryServiceName') ?? 'aos',
    samplingRatio: ratioOf(env.OTEL_TRACES_SAMPLER_ARG) ?? SAMPLING_RATIOS[where],
    otlpEndpoint: endpointOf(readSetting(env, 'otlpEndpoint')),
    applicationInsights: insightsOf(readSetting(env, 'applicationInsights')),
  };
}

function ratioOf(text: string | undefined): number | undefined {
  if (!text?.trim()) return undefined;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new AosError('AOS_CONFIG_INVALID', `OTEL_TRACES_SAMPLER_ARG is ${text}. It is a share of traces, from 0 to 1.`);
}

function endpointOf(text: string | undefined): string | undefined {
  if (!text?.trim()) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new AosError(
    'AOS_CONFIG_INVALID',
    'OTEL_EXPORTER_OTLP_ENDPOINT is no http address. Give the base address of a collector, e.g. http://127.0.0.1:4318.',
  );
}

function insightsOf(text: string | undefined): string | undefined {
  if (!text?.trim()) return undefined;
  if (/(^|;)\s*InstrumentationKey=[0-9a-f-]{36}\s*(;|$)/i.test(text)) return text;
  throw new AosError(
    'AOS_CONFIG_INVALID',
    'APPLICATIONINSIGHTS_CONNECTION_STRING has no InstrumentationKey. Copy it whole from the overview of the Application Insights resource.',
  );
}

/** The places that the settings name. */
export function exportsOf(settings: TelemetrySettings, logger: Logger): TelemetryExport[] {
  const { otlpEndpoint, applicationInsights, samplingRatio } = settings;
  return [
    ...(otlpEndpoint === undefined ? [] : [otlpExport({ endpoint: otlpEndpoint, logger })]),
    ...(applicationInsights === undefined
      ? []
      : [azureMonitorExport({ connectionString: applicationInsights, samplingRatio, logger })]),
  ];
}
