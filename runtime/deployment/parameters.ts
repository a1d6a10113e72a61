import type { AosConfig } from '../contracts/config.ts';
import type { ArmParameter, DeploymentChoice, Json } from '../contracts/deployment.ts';
import { type DeploymentSecret, secretsOf } from './secrets.ts';

/** A parameter and the value this deployment gives it; secrets have none. */
interface Given {
  definition: ArmParameter;
  value?: Json;
}

const DEFAULT_LORAX_IMAGE = 'ghcr.io/predibase/lorax:main';

/** Parameters of the template. Those without a default are answered by the parameter file, or asked for if they are secret. */
export function parametersOf(config: AosConfig, choice: DeploymentChoice): Record<string, Given> {
  const { capacity, model, budget } = choice;
  const containers = choice.host === 'container-apps';
  return {
    name: string('Prefix of all names', choice.name, { maxLength: 11 }),
    location: {
      definition: { type: 'string', defaultValue: '[resourceGroup().location]', ...described('Region') },
      value: choice.location,
    },
    tags: {
      definition: { type: 'object', defaultValue: {}, ...described('Tags of every resource') },
      value: choice.tags,
    },
    ...(capacity.bus_tier === 'Premium' && {
      messagingUnits: {
        definition: {
          type: 'int',
          allowedValues: [1, 2, 4, 8, 16],
          ...described('Messaging units of Service Bus Premium, about 4 MB/s each'),
        },
        value: capacity.messaging_units,
      },
    }),
    baseModel: string('Base model that all adapters share', config.model.base),
    samplingRatio: string('Share of new traces that are recorded, 0 to 1', String(capacity.sampling_ratio)),
    ...(containers && {
      image: {
        definition: {
          type: 'string',
          defaultValue: '',
          ...described(
            'Image of the runtime with its workspace; empty: it is not built yet, and the runtime is left out',
          ),
        },
        value: choice.image ?? '',
      },
      minReplicas: int('Replicas that always run', capacity.min_replicas, 1, capacity.shards),
      maxReplicas: int('Replicas at most: there is work for one per shard', capacity.max_replicas, 1, capacity.shards),
      messagesPerReplica: int('Waiting messages per replica, by which KEDA scales', capacity.message_count, 1),
      pollingSeconds: int('How often KEDA looks at the queue', capacity.polling_seconds, 1),
      cooldownSeconds: int('How long KEDA waits before it takes a replica away', capacity.cooldown_seconds, 0),
      vcpu: string('vCPU of a replica', String(capacity.vcpu)),
      memoryGib: string('Memory of a replica in GiB, twice its vCPU', String(capacity.memory_gib)),
    }),
    ...(model.kind === 'lorax'
      ? {
          gpus: int('A100 GPUs, one per replica of LoRAX', Math.max(1, capacity.gpus), 1),
          loraxImage: {
            definition: { type: 'string' as const, defaultValue: DEFAULT_LORAX_IMAGE, ...described('Image of LoRAX') },
          },
        }
      : { modelEndpoint: string('Endpoint of the model', model.url) }),
    ...(choice.auth && {
      authTenantId: string('Microsoft Entra tenant whose tokens the API takes', choice.auth.tenant_id),
      authAudience: string('Audience of the tokens that the API takes', choice.auth.audience),
    }),
    ...(choice.alert_email !== null && { alertEmail: string('Where alerts go', choice.alert_email) }),
    ...(budget && {
      budgetUsd: int('Budget of a month, in the currency of the subscription', Math.ceil(budget.monthly_usd), 1),
      budgetStart: {
        definition: {
          type: 'string',
          defaultValue: "[utcNow('yyyy-MM-01')]",
          ...described('First of the month the budget starts in; it cannot be changed later'),
        },
        ...(budget.start !== undefined && { value: budget.start }),
      },
    }),
    ...Object.fromEntries(secretsOf(config, choice).map((secret) => [secret.parameter, secure(secret)])),
  };
}

const described = (description: string) => ({ metadata: { description } });

const string = (description: string, value: string, limits: Pick<ArmParameter, 'maxLength'> = {}): Given => ({
  definition: { type: 'string', ...limits, ...described(description) },
  value,
});

const int = (description: string, value: number, minValue: number, maxValue?: number): Given => ({
  definition: { type: 'int', minValue, ...(maxValue !== undefined && { maxValue }), ...described(description) },
  value,
});

const secure = ({ description }: DeploymentSecret): Given => ({
  definition: { type: 'securestring', ...described(description) },
});
