import type { AzureCloud } from '../contracts/deploy-process.ts';
import { AosError } from '../core/errors.ts';

export interface TerminalCloud {
  cloud: AzureCloud;
  /** Where people sign in; undefined: as the environment says. */
  authority: string | undefined;
}

const row = (name: string, resource_manager: string, portal: string, authority: string): TerminalCloud => ({
  cloud: { name, resource_manager, portal },
  authority,
});

/** Names of `--cloud`. */
export const clouds = {
  public: row('Azure', 'https://management.azure.com', 'https://portal.azure.com', 'https://login.microsoftonline.com'),
  usgovernment: row(
    'Azure US Government',
    'https://management.usgovcloudapi.net',
    'https://portal.azure.us',
    'https://login.microsoftonline.us',
  ),
  china: row(
    'Azure China',
    'https://management.chinacloudapi.cn',
    'https://portal.azure.cn',
    'https://login.chinacloudapi.cn',
  ),
} as const;

/**
 * The cloud a terminal deploys to: by its name or by the URL of its resource manager, else as the environment says
 * (AZURE_RESOURCE_MANAGER_URL, AZURE_AUTHORITY_HOST), else the public one.
 * @throws AosError AOS_BAD_REQUEST
 */
export function cloudOf(named: string | undefined, env: Record<string, string | undefined>): TerminalCloud {
  const given = named ?? env.AZURE_RESOURCE_MANAGER_URL;
  if (given !== undefined && given in clouds) return clouds[given as keyof typeof clouds];
  if (given !== undefined) return cloudAt(given);
  const host = env.AZURE_AUTHORITY_HOST;
  const known = Object.values(clouds).find(({ authority }) => host !== undefined && sameHost(authority, host));
  return known ?? { ...clouds.public, authority: undefined };
}

function cloudAt(url: string): TerminalCloud {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    const names = Object.keys(clouds).join(', ');
    throw new AosError(
      'AOS_BAD_REQUEST',
      `There is no cloud ${url}: name one of ${names}, or the https URL of a resource manager.`,
    );
  }
  const known = Object.values(clouds).find(({ cloud }) => sameHost(cloud.resource_manager, url));
  const { origin, host } = new URL(url);
  return known ?? { cloud: { name: host, resource_manager: origin, portal: null }, authority: undefined };
}

const sameHost = (a: string | undefined, b: string) =>
  a !== undefined && URL.canParse(b) && new URL(a).host === new URL(b).host;
