import { messageOf } from '../core/errors.ts';
import type { BlobManager } from './blob-manager.ts';
import {
  evaluateLifecycle,
  type LifecycleBlob,
  type LifecycleChange,
  type LifecyclePolicy,
  prefixesIn,
} from './lifecycle.ts';

export interface RunLifecycleOptions {
  /** The container; a whole account is run container by container. */
  blobManager: BlobManager;
  policy: LifecyclePolicy;
  /** The time that counts as now. */
  at: Date;
  /** Only says what would be done. */
  dryRun?: boolean;
  signal?: AbortSignal | undefined;
}

export interface LifecycleRun {
  /** Blobs that a rule's prefix matches. */
  checked: number;
  changes: AppliedChange[];
}

export interface AppliedChange extends LifecycleChange {
  /** False in a dry run, and if it failed. */
  done: boolean;
  /** Why it failed. */
  error?: string;
}

/**
 * Does to the blobs of a container what a policy says, as Azure does once a day to an account. A blob that cannot be
 * changed does not keep the others back.
 * @throws AosError AOS_STORAGE if the container cannot be listed; the signal's reason
 */
export async function runLifecycle(options: RunLifecycleOptions): Promise<LifecycleRun> {
  const { blobManager, policy, at, dryRun = false, signal } = options;
  const blobs: LifecycleBlob[] = [];
  for (const prefix of prefixesIn(blobManager.container, policy)) {
    for await (const { name, type, lastModified, tier } of blobManager.list({ prefix, signal })) {
      blobs.push({ container: blobManager.container, name, type, lastModified, tier });
    }
  }
  const changes: AppliedChange[] = [];
  for (const change of evaluateLifecycle(policy, blobs, at)) {
    changes.push(dryRun ? { ...change, done: false } : await apply(blobManager, change, signal));
  }
  return { checked: blobs.length, changes };
}

async function apply(
  blobs: BlobManager,
  change: LifecycleChange,
  signal: AbortSignal | undefined,
): Promise<AppliedChange> {
  try {
    if (change.to === null) await blobs.delete(change.blob, { signal });
    else await blobs.setTier(change.blob, change.to, { signal });
    return { ...change, done: true };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...change, done: false, error: messageOf(error) };
  }
}
