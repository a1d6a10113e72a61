import type { ScaleBounds } from '../contracts/capacity.ts';

/** What KEDA and the platform remember between two looks at the queue. */
export interface ScaleState {
  replicas: number;
  /** What the last polls asked for, as far back as scaling in looks. */
  wanted: readonly { atS: number; replicas: number }[];
  /** When a poll last saw a message; undefined: never. */
  lastMessageS: number | undefined;
}

/** Replicas are taken away when for as long as this no poll has asked for more: the platform's "scale down stabilization window". */
export const SCALE_IN_WINDOW_S = 300;
/** "1, 4, 100 % of current": the first replica, then up to four, then twice as many, each time the queue is looked at. */
const FIRST_STEPS = [1, 4] as const;

export const startedWith = (replicas: number): ScaleState => ({ replicas, wanted: [], lastMessageS: undefined });

/**
 * One look at the queue, as KEDA's rule `azure-servicebus` and Container Apps do it (learn.microsoft.com,
 * container-apps/scale-app, "Scale behavior"): a model, to see what a plan would do under a load. The waiting messages of all sessions count, also those that a replica has locked; the sessions do
 * not (kedacore/keda#1479), so that nothing but `max_replicas` keeps replicas away that no shard is left for.
 * @param atS seconds, in any count that goes on
 * @param active messages in the queue
 */
export function poll(
  state: ScaleState,
  rule: ScaleBounds,
  { atS, active }: { atS: number; active: number },
): ScaleState {
  const { min_replicas: min, max_replicas: max, message_count, cooldown_seconds } = rule;
  const asked = { atS, replicas: Math.min(max, Math.max(min, Math.ceil(active / message_count))) };
  const wanted = [...state.wanted.filter((earlier) => atS - earlier.atS < SCALE_IN_WINDOW_S), asked];
  const lastMessageS = active > 0 ? atS : state.lastMessageS;
  const cooling = lastMessageS !== undefined && atS - lastMessageS < cooldown_seconds;
  // The cool-down is about the last replica alone: without one there is nobody to look at the queue but KEDA.
  const least = cooling ? Math.max(1, min) : min;
  const most = Math.max(...wanted.map(({ replicas }) => replicas), least);
  const replicas =
    asked.replicas > state.replicas
      ? Math.min(asked.replicas, nextStep(state.replicas))
      : Math.min(state.replicas, most);
  return { replicas, wanted, lastMessageS };
}

const nextStep = (replicas: number) => FIRST_STEPS.find((step) => step > replicas) ?? 2 * replicas;

export interface ScalingRun {
  rule: ScaleBounds;
  shards: number;
  /** Messages that arrive in each second. */
  arrivals: readonly number[];
  /** What one replica that holds shards handles. */
  messagesPerSecond: number;
  /** From the decision for a replica to its first message; default 20. */
  startSeconds?: number;
}

export interface ScalingSample {
  second: number;
  /** Messages in the queue at the end of the second. */
  active: number;
  replicas: number;
  /** Those of them that are up. */
  serving: number;
}

/** Replicas and queue, second by second, under a load; starts with the least replicas and an empty queue. */
export function simulateScaling({
  rule,
  shards,
  arrivals,
  messagesPerSecond,
  startSeconds = 20,
}: ScalingRun): ScalingSample[] {
  let state = startedWith(rule.min_replicas);
  let active = 0;
  /** When each replica is up. */
  let upAt = Array.from({ length: state.replicas }, () => 0);
  return arrivals.map((arriving, second) => {
    if (second % rule.polling_seconds === 0) {
      state = poll(state, rule, { atS: second, active });
      upAt = Array.from({ length: state.replicas }, (_, i) => upAt[i] ?? second + startSeconds);
    }
    const serving = upAt.filter((at) => at <= second).length;
    // A shard is one replica's at a time: whoever has none waits.
    active = Math.max(0, active + arriving - Math.min(serving, shards) * messagesPerSecond);
    return { second, active, replicas: state.replicas, serving };
  });
}
