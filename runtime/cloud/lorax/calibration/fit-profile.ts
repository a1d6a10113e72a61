import { AosError } from '../../../core/errors.ts';
import { assumedProfile, type SimulatedProfile } from '../simulated/profile.ts';
import { leastSquares } from './least-squares.ts';
import type { Measurement, Sample } from './sample.ts';

const figures = ['stepMs', 'stepMsPerSeq', 'stepMsPerAdapter', 'prefillMsPerTok'] as const;

/** What a sample says about the figures: `weights · figures = ms`. */
interface Equation {
  weights: [one: number, sequences: number, adapters: number, promptTokens: number];
  ms: number;
}

/**
 * A profile whose step model fits the samples best (least squares): a decoding step takes
 * `stepMs + stepMsPerSeq · batch + stepMsPerAdapter · adapters`, and the first one of a request its prompt's tokens more.
 * What the samples say nothing about (one concurrency alone, no adapters) stays assumed and is named in `origin`.
 * @throws AosError AOS_BAD_REQUEST without samples of more than one token
 */
export function fitProfile(measurement: Measurement): SimulatedProfile {
  const equations = measurement.samples.filter(({ generatedTokens }) => generatedTokens > 1).flatMap(equationsOf);
  if (equations.length === 0) {
    const message = `There is nothing to fit: no answer of ${measurement.source} had more than one token.`;
    throw new AosError('AOS_BAD_REQUEST', message);
  }
  const coefficients = leastSquares(
    equations.map(({ weights }) => weights),
    equations.map(({ ms }) => ms),
  );
  const fitted = Object.fromEntries(
    figures.flatMap((figure, index) => (coefficients[index] === undefined ? [] : [[figure, coefficients[index]]])),
  );
  const { source, modelId, computeType, measuredAt, samples } = measurement;
  return {
    ...assumedProfile,
    ...fitted,
    origin: {
      source,
      modelId,
      computeType,
      measuredAt,
      samples: samples.length,
      rmsErrorMs: rmsError(equations, coefficients),
      stillAssumed: figures.filter((_, index) => coefficients[index] === undefined),
    },
  };
}

function equationsOf(sample: Sample): Equation[] {
  const { concurrency, generatedTokens, queueMs, firstTokenMs, inferenceMs, promptTokens } = sample;
  // By Little's law: of the requests in flight, the share that is not waiting is in the batch.
  const batch = Math.max(1, (concurrency * inferenceMs) / Math.max(1, inferenceMs + queueMs));
  const adapters = Math.min(sample.adapters, batch);
  const perToken: Equation = {
    weights: [1, batch, adapters, 0],
    // Finer than `x-time-per-output-token`, which is rounded to whole milliseconds.
    ms: (inferenceMs - firstTokenMs) / (generatedTokens - 1),
  };
  // Alone: beside others, whose prompts were read in the same step is not known.
  const first: Equation = { weights: [1, 1, adapters, promptTokens], ms: firstTokenMs };
  return concurrency === 1 ? [perToken, first] : [perToken];
}

function rmsError(equations: readonly Equation[], coefficients: readonly (number | undefined)[]): number {
  const squares = equations.map(({ weights, ms }) => {
    const expected = weights.reduce((sum, weight, index) => sum + weight * (coefficients[index] ?? 0), 0);
    return (expected - ms) ** 2;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
