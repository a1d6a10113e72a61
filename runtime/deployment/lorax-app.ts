import type { AosConfig } from '../contracts/config.ts';
import type { ArmResource } from '../contracts/deployment.ts';
import { idOf, inBrackets, parameter, resource, userAssigned } from './arm.ts';
import { GPU_PROFILE } from './container-environment.ts';
import { environment, identity, loraxApp } from './names.ts';
import { containerSecrets, type DeploymentSecret } from './secrets.ts';

/** Where the image of LoRAX listens (predibase/lorax, Dockerfile). */
const PORT = 80;
/** All of an NC24-A100: a replica has the whole machine (container-apps/workload-profiles-overview). */
const MACHINE = { cpu: 24, memory: '220Gi' } as const;

/**
 * LoRAX on serverless A100 GPUs, reachable from inside the environment only. A T4 would be cheaper, but has no bfloat16.
 * It does not scale by itself: a new replica loads its model for minutes, and an A100 costs the same while it does.
 */
export function loraxResources(config: AosConfig, secrets: readonly DeploymentSecret[]): ArmResource[] {
  const forLorax = containerSecrets(secrets.filter(({ app }) => app === 'lorax'));
  const gpus = inBrackets(parameter('gpus'));
  return [
    resource(loraxApp, {
      location: 'group',
      identity: userAssigned(identity),
      properties: {
        environmentId: inBrackets(idOf(environment)),
        workloadProfileName: GPU_PROFILE,
        configuration: {
          activeRevisionsMode: 'Single',
          ingress: { external: false, targetPort: PORT, transport: 'http', allowInsecure: false },
          secrets: forLorax.configuration,
        },
        template: {
          containers: [
            {
              name: 'lorax',
              image: inBrackets(parameter('loraxImage')),
              args: [
                ...['--model-id', inBrackets(parameter('baseModel'))],
                ...['--max-active-adapters', String(config.model.max_adapters)],
                ...['--cuda-memory-fraction', String(config.model.gpu_memory_utilization)],
                ...['--port', String(PORT)],
              ],
              resources: MACHINE,
              env: forLorax.env,
              probes: [
                // The first start downloads the model: up to 20 minutes.
                { type: 'Startup', tcpSocket: { port: PORT }, periodSeconds: 120, failureThreshold: 10 },
                { type: 'Readiness', httpGet: { path: '/health', port: PORT }, periodSeconds: 10, timeoutSeconds: 5 },
                {
                  type: 'Liveness',
                  httpGet: { path: '/health', port: PORT },
                  ...{ periodSeconds: 30, failureThreshold: 4, timeoutSeconds: 10 },
                },
              ],
            },
          ],
          scale: { minReplicas: gpus, maxReplicas: gpus },
        },
      },
      dependsOn: [environment, identity, ...forLorax.dependsOn],
    }),
  ];
}
