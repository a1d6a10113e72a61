/**
 * How fast the simulated GPU is. The defaults are assumed, not measured: a stand-in for one GPU of the A100 class with
 * a 7B base model until a profile is calibrated against a real endpoint.
 */
export interface SimulatedProfile {
  /** Milliseconds one token of a prompt adds to the step in which its request joins the batch. */
  prefillMsPerTok: number;
  /** Milliseconds of a decoding step: `stepMs + stepMsPerSeq · batch + stepMsPerAdapter · distinct adapters`. */
  stepMs: number;
  stepMsPerSeq: number;
  stepMsPerAdapter: number;
  /** Requests that decode together. */
  maxBatch: number;
  /** Adapters that fit into GPU memory, and into host memory. */
  gpuAdapters: number;
  hostAdapters: number;
  /** Requests that may wait; further ones are refused with 429. */
  queueLimit: number;
  /** Size assumed for an adapter that is not a local file. */
  adapterMB: number;
  diskMBps: number;
  h2dMBps: number;
  /** Relative standard deviation of a step, e.g. 0.1; 0 = none. */
  jitter: number;
  jitterSeed: number;
  /** Factor on every duration: 1 = real time, 0 = no waiting at all. */
  timeScale: number;
  maxInputTokens: number;
  maxTotalTokens: number;
  /** Where the figures come from; whatever shows them shows this too. */
  origin: ProfileOrigin;
}

/** `assumed`, or what they were measured at. */
export type ProfileOrigin =
  | 'assumed'
  | {
      /** URL of the endpoint. */
      source: string;
      modelId: string;
      /** Its `x-compute-type`; `simulated` means that a simulation was measured. */
      computeType: string;
      /** ISO 8601. */
      measuredAt: string;
      samples: number;
      /** Root of the mean square of what the fitted profile misses the samples by. */
      rmsErrorMs: number;
      /** Figures that the samples say nothing about: they are still assumed. */
      stillAssumed: string[];
    };

/** One line for people. */
export function describeOrigin(origin: ProfileOrigin): string {
  if (origin === 'assumed') return 'assumed';
  const { source, modelId, computeType, measuredAt, samples, rmsErrorMs, stillAssumed } = origin;
  const rest = stillAssumed.length > 0 ? `; assumed: ${stillAssumed.join(', ')}` : '';
  const error = `±${rmsErrorMs.toFixed(1)} ms`;
  return `calibrated on ${measuredAt} at ${source} (${modelId}, ${computeType}, ${samples} samples, ${error}${rest})`;
}

export const assumedProfile: SimulatedProfile = {
  prefillMsPerTok: 0.25,
  stepMs: 22,
  stepMsPerSeq: 0.35,
  stepMsPerAdapter: 0.15,
  maxBatch: 64,
  // As many as LoRAX's router keeps active by default (max-active-adapters); 128 of 40 MB are 5 GB.
  gpuAdapters: 128,
  hostAdapters: 256,
  queueLimit: 1024,
  adapterMB: 40,
  diskMBps: 800,
  h2dMBps: 12_000,
  jitter: 0,
  jitterSeed: 1,
  timeScale: 1,
  maxInputTokens: 7168,
  maxTotalTokens: 8192,
  origin: 'assumed',
};
