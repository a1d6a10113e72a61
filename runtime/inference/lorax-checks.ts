import { AosError } from '../core/errors.ts';
import type { Backend, EndpointAdapter } from './backends/backend.ts';

/** @throws AosError AOS_BAD_REQUEST for adapters that this endpoint cannot blend into one */
export function checkMerge(backend: Backend, adapters: readonly EndpointAdapter[], url: string): void {
  if (!backend.merges) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      `The model endpoint ${url} (${backend.api}) cannot merge adapters. LoRAX, llama.cpp and the embedded endpoint can.`,
    );
  }
  if (adapters.length === 0) throw new AosError('AOS_BAD_REQUEST', 'A merge needs at least one adapter.');
  if (new Set(adapters.map(({ source }) => source)).size > 1) {
    throw new AosError('AOS_BAD_REQUEST', 'Adapters that are merged must come from the same source.');
  }
}

/** @throws AosError AOS_CONFIG_INVALID */
export function checkSettings(maxAdapters: number, gpuMemoryUtilization: number): void {
  if (!Number.isInteger(maxAdapters) || maxAdapters < 1) {
    throw new AosError('AOS_CONFIG_INVALID', `model.max_adapters is ${maxAdapters}; it is a whole number from 1 on.`);
  }
  if (!(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1)) {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `model.gpu_memory_utilization is ${gpuMemoryUtilization}; it is a share above 0 and at most 1.`,
    );
  }
}
