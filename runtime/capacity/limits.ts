/** Limits of Azure's services, as their documentation gives them; docs name the page and its date. */
export const limits = {
  /** Messaging units a Premium namespace can have (service-bus-quotas). */
  messagingUnits: [1, 2, 4, 8, 16],
  /** Credits a second of a Standard namespace (service-bus-throttling, 2024-03). */
  standardCreditsPerSecond: 1000,
  /** Largest message in KB (service-bus-quotas, 2022-07). */
  messageKb: { Standard: 256, Premium: 102_400 },
  /** Entities of 1 KiB a second (storage-tables-scale-targets). */
  tableAccountPerSecond: 20_000,
  tablePartitionPerSecond: 2000,
  /** Replicas of a container app (container-apps/scale-app). */
  containerReplicas: 1000,
  /** Memory of all Flex instances of a region by default, in MB (flex-consumption-plan). */
  flexRegionMb: 512_000,
  /** The guide's own ceiling for its EP2 plan. */
  premiumWorkers: 20,
  /** Instances of a Consumption plan on Windows (functions-scale). */
  consumptionInstances: 200,
} as const;

/** The guide receives batches of up to 100: one more replica per batch that waits (R34). */
export const MESSAGES_PER_REPLICA = 100;
/** How often KEDA looks, and how long it waits before it takes a replica away (container-apps/scale-app). */
export const KEDA = { pollingSeconds: 30, cooldownSeconds: 300 } as const;

/** A month of Azure's price calculator. */
export const HOURS_PER_MONTH = 730;
export const KB_PER_GB = 1024 * 1024;
/** R5: a cached answer takes less. */
export const CACHED_ANSWER_SECONDS = 0.05;
/** An EP2 worker (functions-premium-plan). */
export const EP2 = { vcpu: 2, memoryGib: 7 } as const;

/** "Design for 3x expected peak capacity" (R87). */
export const GUIDE_HEADROOM = 3;
/** "Sample 10% of traces in production" (R39). */
export const GUIDE_SAMPLING_PERCENT = 10;
/** The lower end of "40-60% reduction in inference costs" (R28). */
export const CLAIMED_HIT_RATE = 40;
/** "max_adapters=100" (R19). */
export const GUIDE_ADAPTERS = 100;
