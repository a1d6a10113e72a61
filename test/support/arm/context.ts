import type { FailureKind } from './failures.ts';
import type { RegistryTasks } from './registry.ts';
import type { ArmState } from './state.ts';

export interface ArmOptions {
  /** False: the person has no subscription. */
  hasSubscription?: boolean;
  /** Where the deployed API answers, as the deployment's outputs say. Default: an address that is none. */
  api?: string;
  /** Resources that come to their end with each look at a deployment. Default: 10. */
  resourcesPerLook?: number;
  /** What long operations ask their callers to wait, in seconds. Default: 0. */
  retryAfterS?: number;
}

export const SUBSCRIPTION_ID = '11111111-1111-4111-8111-111111111111';
export const TENANT_ID = '22222222-2222-4222-8222-222222222222';

/** What the routes work with. */
export interface Context {
  state: ArmState;
  registry: RegistryTasks;
  options: ArmOptions;
  url(): string;
  failing(): FailureKind | undefined;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export const refuse = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
});
