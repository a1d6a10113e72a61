import type { DeploymentOperation } from '@azure/arm-resourcesdeployments';
import type { Operation } from '../contracts/deploy-process.ts';
import { parseResourceId, resourceKind } from '../deployment/resource-types.ts';
import { causesOf } from './arm-error.ts';
import { adviceFor } from './failures.ts';

/**
 * The resources of a deployment, each once: those Azure is at, and those it has not come to yet.
 * @param expected ids of all resources, as far as they are known
 */
export function operationsOf(listed: readonly DeploymentOperation[], expected: readonly string[]): Operation[] {
  const byId = new Map<string, Operation>();
  for (const id of expected) {
    const operation = describe(id);
    if (operation) byId.set(id.toLowerCase(), operation);
  }
  for (const { properties } of listed) {
    const id = properties?.targetResource?.id;
    const operation = id ? describe(id) : undefined;
    if (!id || !operation) continue;
    byId.set(id.toLowerCase(), {
      ...operation,
      state: stateOf(properties?.provisioningState),
      seconds: secondsOf(properties?.duration),
      error: errorOf(properties?.statusMessage?.error, properties?.statusCode),
    });
  }
  return [...byId.values()];
}

function describe(resource_id: string): Operation | undefined {
  const what = parseResourceId(resource_id);
  if (!what || what.type === 'Microsoft.Resources/deployments') return undefined;
  return { resource_id, ...what, label: resourceKind(what.type).label, state: 'waiting', seconds: null, error: null };
}

function stateOf(provisioningState: string | undefined): Operation['state'] {
  switch (provisioningState) {
    case 'Succeeded':
      return 'succeeded';
    case 'Failed':
      return 'failed';
    case 'Canceled':
      return 'cancelled';
    default:
      return 'running';
  }
}

function errorOf(error: Parameters<typeof causesOf>[0], statusCode: string | undefined): Operation['error'] {
  const causes = causesOf(error);
  const [first] = causes;
  return first ? { code: first.code ?? statusCode, message: first.message, advice: adviceFor(causes) } : null;
}

/** @param duration ISO 8601, `PT2M41.5S` */
export function secondsOf(duration: string | undefined): number | null {
  const match = /^P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration ?? '');
  if (!match) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((text) => Number(text ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
