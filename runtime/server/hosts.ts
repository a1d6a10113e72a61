import { networkInterfaces } from 'node:os';
import { hostingNames, readSetting } from '../contracts/environment-names.ts';
import { AosError } from '../core/errors.ts';
import type { Environment } from './environment.ts';

/** Names by which a server on this machine's loopback is called. */
export const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'] as const;

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/**
 * Names by which the HTTP API may be called, without port; any other is refused, wherever the runtime runs. On a developer's
 * machine those of loopback; besides, those that a Container App gives itself (learn.microsoft.com,
 * container-apps/environment-variables), and those in AOS_HOSTS. Where it listens beyond loopback (AOS_BIND) its own
 * addresses are names, too: a platform's probes call by them, and no page can make a browser believe that it is one.
 * @throws AosError AOS_CONFIG_INVALID for a name in AOS_HOSTS that is none (a pattern, an address with a port)
 */
export function hostsOf(env: Environment): string[] {
  const further = (readSetting(env, 'hosts') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const wrong = further.find((name) => !HOST_NAME.test(name));
  if (wrong !== undefined) {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `${hostingNames.hosts[0]} holds ${JSON.stringify(wrong)}, which is no host name. Give names without scheme, port or "*".`,
    );
  }
  return [
    ...new Set([...LOOPBACK_HOSTS, ...further, ...containerAppNames(env), ...(isPublic(env) ? ownAddresses() : [])]),
  ];
}

/** Whether the API listens beyond this machine. */
export const isPublic = (env: Environment): boolean => {
  const bind = readSetting(env, 'bind') ?? '127.0.0.1';
  return bind !== 'localhost' && bind !== '::1' && !bind.startsWith('127.');
};

/** From outside, from within its environment, and of its revision. */
function containerAppNames(env: Environment): string[] {
  const { CONTAINER_APP_NAME: app, CONTAINER_APP_ENV_DNS_SUFFIX: suffix, CONTAINER_APP_HOSTNAME: revision } = env;
  const ofApp = app ? [app, ...(suffix ? [`${app}.${suffix}`, `${app}.internal.${suffix}`] : [])] : [];
  return [...ofApp, ...(revision ? [revision] : [])].map((name) => name.toLowerCase());
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
