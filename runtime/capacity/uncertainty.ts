import type { PlannedInput, PlanRanges, PlanValues, Range, Sensitivity } from '../contracts/capacity.ts';
import type { NumberKey } from '../contracts/capacity-inputs.ts';
import type { PriceBook } from '../contracts/prices.ts';
import type { Random } from '../core/random.ts';
import { knownCost } from './costs.ts';
import { triangular } from './random.ts';
import { size } from './sizing.ts';

interface Ranged {
  key: NumberKey;
  value: number;
  low: number;
  high: number;
  input: PlannedInput;
}

/**
 * Draws plans at random (Monte Carlo): each measured or assumed input by itself, triangular between the ends of its range
 * with the peak at its value. Unknown prices are in no draw.
 */
export function rangesOf(
  v: PlanValues,
  inputs: readonly PlannedInput[],
  book: PriceBook,
  { draws, random }: { draws: number; random: Random },
): PlanRanges {
  const varied = rangedInputs(inputs).filter(({ input }) => input.source === 'measured' || input.source === 'assumed');
  const gpus = new Float64Array(draws);
  const inFlight = new Float64Array(draws);
  const cost = new Float64Array(draws);
  const drawn = { ...v };
  for (let draw = 0; draw < draws; draw++) {
    for (const { key, low, value, high } of varied) drawn[key] = triangular(random, low, value, high);
    const sizing = size(drawn);
    gpus[draw] = sizing.gpus;
    inFlight[draw] = sizing.inFlight;
    cost[draw] = knownCost(drawn, book, sizing);
  }
  return {
    draws,
    varied: varied.map(({ key }) => key),
    gpus: quantiles(gpus),
    in_flight: quantiles(inFlight),
    cost: quantiles(cost),
  };
}

/** The tornado: one input at a time to both of its ends, the widest first; inputs that change nothing are left out. */
export function sensitivityOf(v: PlanValues, inputs: readonly PlannedInput[], book: PriceBook): Sensitivity[] {
  const centre = knownCost(v, book);
  return rangedInputs(inputs)
    .map(({ key, low, high, input }) => {
      const ends = [low, high].map((at) => ({ at, change: knownCost({ ...v, [key]: at }, book) - centre }));
      const [lower, higher] = ends.sort((a, b) => a.change - b.change) as [(typeof ends)[0], (typeof ends)[0]];
      return {
        ...{ key, label: input.label, unit: input.unit },
        at: [lower.at, higher.at] as const,
        change: [Math.min(0, lower.change), Math.max(0, higher.change)] as const,
      };
    })
    .filter(({ change: [lower, higher] }) => lower < 0 || higher > 0)
    .sort((a, b) => width(b) - width(a));
}

const width = ({ change: [lower, higher] }: Sensitivity) => higher - lower;

function rangedInputs(inputs: readonly PlannedInput[]): Ranged[] {
  return inputs.flatMap((input) =>
    input.range && typeof input.value === 'number'
      ? [{ key: input.key as NumberKey, value: input.value, low: input.range[0], high: input.range[1], input }]
      : [],
  );
}

/** Nearest rank. Sorts the samples in place. */
function quantiles(samples: Float64Array): Range {
  samples.sort();
  const at = (share: number) => samples[Math.max(0, Math.ceil(share * samples.length) - 1)]!;
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}
