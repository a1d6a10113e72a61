import { z } from 'zod';
import type { AzureCloud } from '../../runtime/contracts/deploy-process.ts';

/** A cloud, and which of VS Code's accounts signs in to it. */
export interface SignInCloud {
  cloud: AzureCloud;
  provider: 'microsoft' | 'microsoft-sovereign-cloud';
}

/** The settings `microsoft-sovereign-cloud.*` of VS Code. */
export interface SovereignSettings {
  environment: string | undefined;
  customEnvironment: unknown;
}

const PUBLIC: SignInCloud = {
  provider: 'microsoft',
  cloud: {
    name: 'Azure',
    resource_manager: 'https://management.azure.com',
    portal: 'https://portal.azure.com',
  },
};

const SOVEREIGN: Record<string, AzureCloud> = {
  ChinaCloud: {
    name: 'Azure China',
    resource_manager: 'https://management.chinacloudapi.cn',
    portal: 'https://portal.azure.cn',
  },
  USGovernment: {
    name: 'Azure US Government',
    resource_manager: 'https://management.usgovcloudapi.net',
    portal: 'https://portal.azure.us',
  },
};

const https = z.url({ protocol: /^https$/ });
const customSchema = z.object({
  name: z.string().min(1),
  resourceManagerEndpointUrl: https,
  portalUrl: https.optional(),
});

/**
 * The cloud that a person's VS Code is set to; the public one if it is set to none.
 * @throws Error for a custom one that lacks what is needed
 */
export function signInCloud({ environment, customEnvironment }: SovereignSettings): SignInCloud {
  if (!environment) return PUBLIC;
  const provider = 'microsoft-sovereign-cloud';
  if (environment !== 'custom') {
    const cloud = SOVEREIGN[environment];
    if (!cloud)
      throw new Error(`The setting microsoft-sovereign-cloud.environment names an unknown cloud, ${environment}.`);
    return { provider, cloud };
  }
  const custom = customSchema.safeParse(customEnvironment);
  if (!custom.success) {
    throw new Error(
      'The setting microsoft-sovereign-cloud.customEnvironment lacks what a deployment needs: name and resourceManagerEndpointUrl, https.',
      { cause: custom.error },
    );
  }
  const { name, resourceManagerEndpointUrl, portalUrl } = custom.data;
  return {
    provider,
    cloud: {
      name,
      resource_manager: withoutSlash(resourceManagerEndpointUrl),
      portal: portalUrl ? withoutSlash(portalUrl) : null,
    },
  };
}

const withoutSlash = (url: string) => url.replace(/\/+$/, '');
