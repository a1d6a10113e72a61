import type { ArmResource, DeploymentChoice, JsonObject } from '../contracts/deployment.ts';
import {
  type ParsedServiceBusEntities,
  type ServiceBusEntities,
  type ServiceBusQueue,
  type ServiceBusSubscription,
  type ServiceBusTopic,
  serviceBusEntitiesSchema,
} from '../contracts/servicebus.ts';
import { child, inBrackets, parameter, resource, text } from './arm.ts';
import { grant } from './identity.ts';
import { serviceBus } from './names.ts';

/** The namespace (R17) and every entity of the table that the local broker is started with (R16, R38). */
export function serviceBusResources({ capacity }: DeploymentChoice, entities: ServiceBusEntities): ArmResource[] {
  const premium = capacity.bus_tier === 'Premium';
  const { queues, topics }: ParsedServiceBusEntities = serviceBusEntitiesSchema.parse(entities);
  return [
    resource(serviceBus, {
      location: 'group',
      sku: {
        name: capacity.bus_tier,
        tier: capacity.bus_tier,
        ...(premium && { capacity: inBrackets(parameter('messagingUnits')) }),
      },
      properties: { disableLocalAuth: true, minimumTlsVersion: '1.2', publicNetworkAccess: 'Enabled' },
    }),
    grant('serviceBusDataOwner', serviceBus),
    ...queues.map((queue) => queueResource(queue, premium)),
    ...topics.flatMap((topic) => topicResources(topic, premium)),
  ];
}

function queueResource(queue: ServiceBusQueue, premium: boolean): ArmResource {
  return resource(child(serviceBus, 'Microsoft.ServiceBus/namespaces/queues', text(queue.name)), {
    properties: { ...receivable(queue), ...sendable(queue, premium) },
    dependsOn: [serviceBus],
  });
}

function topicResources(topic: ServiceBusTopic, premium: boolean): ArmResource[] {
  const handle = child(serviceBus, 'Microsoft.ServiceBus/namespaces/topics', text(topic.name));
  return [
    resource(handle, {
      properties: {
        ...sendable(topic, premium),
        ...timeToLive(topic.defaultMessageTimeToLiveMs),
        status: topic.status,
      },
      dependsOn: [serviceBus],
    }),
    ...topic.subscriptions.map((subscription) =>
      resource(child(handle, 'Microsoft.ServiceBus/namespaces/topics/subscriptions', text(subscription.name)), {
        properties: receivable(subscription),
        dependsOn: [handle],
      }),
    ),
  ];
}

const receivable = (entity: ServiceBusQueue | ServiceBusSubscription): JsonObject => ({
  requiresSession: entity.requiresSession,
  lockDuration: isoDuration(entity.lockDurationMs),
  maxDeliveryCount: entity.maxDeliveryCount,
  deadLetteringOnMessageExpiration: entity.deadLetteringOnMessageExpiration,
  ...timeToLive(entity.defaultMessageTimeToLiveMs),
  status: entity.status,
});

const sendable = (entity: ServiceBusQueue | ServiceBusTopic, premium: boolean): JsonObject => ({
  requiresDuplicateDetection: entity.requiresDuplicateDetection,
  ...(entity.requiresDuplicateDetection && {
    duplicateDetectionHistoryTimeWindow: isoDuration(entity.duplicateDetectionHistoryTimeWindowMs),
  }),
  // Standard has a fixed limit of 256 KB and refuses the property.
  ...(premium && { maxMessageSizeInKilobytes: Math.ceil(entity.maxMessageSizeBytes / 1024) }),
});

const timeToLive = (ms: number | undefined): JsonObject =>
  ms === undefined ? {} : { defaultMessageTimeToLive: isoDuration(ms) };

/** ISO 8601: 600 000 → `PT10M`. */
export function isoDuration(ms: number): string {
  const seconds = ms / 1000;
  const parts = [
    { unit: 'H', value: Math.floor(seconds / 3600) },
    { unit: 'M', value: Math.floor(seconds / 60) % 60 },
    { unit: 'S', value: Number((seconds % 60).toFixed(3)) },
  ];
  return `PT${parts.map(({ unit, value }) => (value > 0 ? `${value}${unit}` : '')).join('') || '0S'}`;
}
