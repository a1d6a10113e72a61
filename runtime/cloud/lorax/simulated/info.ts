import type { LoraxInfo } from '../../../contracts/lorax.ts';
import { describeOrigin, type SimulatedProfile } from './profile.ts';

/** The number goes up when the same request gets another text than before: caches must not mix the two. */
export const ENGINE_VERSION = 'aos-sim-1';
export const MODEL_ID = 'aos/simulated';

/** What `/info` says; device, model and version tell that nothing here is a real model. */
export function simulatedInfo(profile: SimulatedProfile): LoraxInfo {
  return {
    model_id: MODEL_ID,
    model_sha: null,
    model_dtype: 'simulated',
    model_device_type: 'simulated',
    model_pipeline_tag: 'text-generation',
    max_concurrent_requests: profile.maxBatch + profile.queueLimit,
    max_best_of: 2,
    max_stop_sequences: 10,
    max_input_length: profile.maxInputTokens,
    max_total_tokens: profile.maxTotalTokens,
    waiting_served_ratio: 0.3,
    max_batch_total_tokens: profile.maxBatch * profile.maxTotalTokens,
    max_waiting_tokens: 20,
    validation_workers: 1,
    eager_prefill: false,
    version: ENGINE_VERSION,
    sha: null,
    docker_label: null,
    request_logger_url: null,
    aos_profile: describeOrigin(profile.origin),
  };
}
