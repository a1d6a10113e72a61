import type { Clock } from '../core/clock.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import type { Generation } from './generation.ts';

/** What one of several adapters said to the same prompt, or why it could not. */
export type AcrossAnswer = {
  /** Undefined: the base model. */
  adapterName: string | undefined;
  latencyMs: number;
} & ({ generation: Generation; error?: undefined } | { generation?: undefined; error: AosError });

export interface FanOut {
  adapterNames: readonly (string | undefined)[];
  ask: (adapterName: string | undefined) => Promise<Generation>;
  signal: AbortSignal | undefined;
  clock: Clock;
}

/** Asks all at the same time. @throws the signal's reason: half a comparison is none */
export function askAcross({ adapterNames, ask, signal, clock }: FanOut): Promise<AcrossAnswer[]> {
  const startedAt = clock.monotonic();
  const one = async (adapterName: string | undefined): Promise<AcrossAnswer> => {
    const about = () => ({ adapterName, latencyMs: clock.monotonic() - startedAt });
    try {
      const generation = await ask(adapterName);
      return { ...about(), generation };
    } catch (error) {
      signal?.throwIfAborted();
      return {
        ...about(),
        error: isAosError(error) ? error : new AosError('AOS_INTERNAL', messageOf(error), { cause: error }),
      };
    }
  };
  return Promise.all(adapterNames.map(one));
}
