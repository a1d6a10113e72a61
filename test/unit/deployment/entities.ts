import { type ParsedServiceBusEntities, serviceBusEntitiesSchema } from '../../../runtime/contracts/servicebus.ts';
import type { EvaluatedResource } from '../../../runtime/deployment/evaluate.ts';

// biome-ignore lint/suspicious/noExplicitAny: a resource's properties are whatever its type has
type Properties = any;

const PREFIX = 'Microsoft.ServiceBus/namespaces/';

/** The entities that Azure would have after a deployment, in the words of the local broker. */
export function parseServiceBus(
  resources: readonly EvaluatedResource[],
  tier: 'Premium' | 'Standard',
): ParsedServiceBusEntities {
  const of = (type: string) => resources.filter((resource) => resource.type === `${PREFIX}${type}`);
  return serviceBusEntitiesSchema.parse({
    queues: of('queues').map((queue) => entity(queue, tier)),
    topics: of('topics').map((topic) => ({
      ...entity(topic, tier),
      subscriptions: of('topics/subscriptions')
        .filter(({ name }) => name.startsWith(`${topic.name}/`))
        .map((subscription) => entity(subscription, 'Standard')),
    })),
  });
}

function entity({ name, properties }: EvaluatedResource, tier: 'Premium' | 'Standard') {
  const {
    lockDuration,
    defaultMessageTimeToLive,
    duplicateDetectionHistoryTimeWindow,
    maxMessageSizeInKilobytes,
    ...same
  } = properties as Properties;
  return {
    name: name.split('/').at(-1),
    ...same,
    ...(lockDuration && { lockDurationMs: milliseconds(lockDuration) }),
    ...(defaultMessageTimeToLive && { defaultMessageTimeToLiveMs: milliseconds(defaultMessageTimeToLive) }),
    ...(duplicateDetectionHistoryTimeWindow && {
      duplicateDetectionHistoryTimeWindowMs: milliseconds(duplicateDetectionHistoryTimeWindow),
    }),
    ...(tier === 'Premium' && maxMessageSizeInKilobytes && { maxMessageSizeBytes: maxMessageSizeInKilobytes * 1024 }),
  };
}

/** `PT1H10M5S` */
function milliseconds(duration: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration) ?? [];
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}
