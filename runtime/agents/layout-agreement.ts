import { type Clock, sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { LOST_AFTER_MS, type ReplicaDirectory } from './replica-directory.ts';
import { changedLayout, firstLayout, type ShardLayout } from './shard-layout.ts';
import type { ReplicaRecord, StateStore } from './state-store.ts';

/** Pause between two looks at the others. */
const LOOK_MS = 250;
/** Others may start at the same moment; each that is first makes one of ours fail. */
const MAX_ATTEMPTS = 100;

/**
 * Finds the layout that this replica runs by. The wanted count is taken when no living replica runs by, or wants, another
 * one; otherwise, or while the last change is not finished, the count in force stays until all replicas start again.
 *
 * This replica must have said in the directory what it wants. Every joining writes the row, if only to give it a new ETag:
 * so whoever changes the count has seen all that joined before, and who joins after sees the new count.
 * @throws AosError AOS_STORAGE, AOS_STATE_CONFLICT
 */
export async function joinLayout(options: {
  wanted: number;
  replica: string;
  store: StateStore;
  directory: ReplicaDirectory;
  clock: Clock;
  logger: Logger;
}): Promise<ShardLayout> {
  const { wanted, store, logger } = options;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const found = await store.readLayout();
    if (!found) {
      const layout = firstLayout(wanted);
      if (await store.createLayout(layout)) return layout;
      continue;
    }
    const { layout, etag } = found;
    const obstacle = layout.shards === wanted ? undefined : await obstacleTo(layout, options);
    const next = layout.shards === wanted || obstacle ? layout : changedLayout(layout, wanted);
    if (!(await store.replaceLayout(next, etag))) continue;
    if (obstacle) {
      logger.warn(`aos.json says ${wanted} shards, and ${layout.shards} stay: ${obstacle}. Start all replicas again`);
    } else if (next !== layout) {
      logger.info('the number of shards changes', { from: layout.shards, to: wanted });
    }
    return next;
  }
  throw new AosError('AOS_STATE_CONFLICT', 'The number of shards could not be agreed on. Start the replica again.');
}

async function obstacleTo(layout: ShardLayout, options: Parameters<typeof joinLayout>[0]): Promise<string | undefined> {
  if (layout.previous !== undefined) return `the change from ${layout.previous} is not finished`;
  const other = await livingWithAnotherCount(options);
  return other && `${other.view.replica} runs with ${other.shards}`;
}

/** A record may be all that is left of a replica that was killed a moment ago; one that lives speaks again in time. */
async function livingWithAnotherCount(options: Parameters<typeof joinLayout>[0]): Promise<ReplicaRecord | undefined> {
  const { wanted, replica, directory, clock } = options;
  const look = async () =>
    (await directory.live()).filter(({ view, shards }) => view.replica !== replica && shards !== wanted);
  const first = await look();
  const spokeAt = new Map(first.map(({ view, heartbeatAt }) => [view.replica, heartbeatAt]));
  const end = clock.now() + LOST_AFTER_MS;
  for (let found = first; found.length > 0; found = await look()) {
    const living = found.find(({ view, heartbeatAt }) => spokeAt.get(view.replica) !== heartbeatAt);
    if (living || clock.now() > end) return living ?? found[0];
    await sleep(LOOK_MS, { clock });
  }
  return undefined;
}
