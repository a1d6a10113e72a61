export type { AgentContext } from './agents/agent-context.ts';
export { AgentManager } from './agents/agent-manager.ts';
export {
  type AgentDefinition,
  type AgentEvent,
  defineAgent,
  type EventHandler,
} from './agents/define-agent.ts';
export { PurposeDrivenAgent } from './agents/purpose-driven-agent.ts';
export { runBenchmark } from './benchmark/run-benchmark.ts';
export { runLoadTest } from './benchmark/run-load-test.ts';
export { parseTestPlan } from './benchmark/test-plan.ts';
export { planCapacity } from './capacity/plan.ts';
export { AosError, isAosError } from './core/errors.ts';
export type { Embedder } from './inference/cache/embedder.ts';
export { CachedInferenceEngine } from './inference/cached-inference-engine.ts';
export { LoRAXServer } from './inference/lorax-server.ts';
export { ServiceBusManager } from './messaging/service-bus-manager.ts';
export { AdaptiveLimit } from './reliability/adaptive-limit.ts';
export { Bulkhead } from './reliability/bulkhead.ts';
export { CircuitBreaker, guarded } from './reliability/circuit-breaker.ts';
export { protect } from './reliability/protect.ts';
export { Retry } from './reliability/retry.ts';
export { createRuntime, type Runtime, type RuntimeOptions } from './server/runtime.ts';
export { getShardId } from './sharding/shard-id.ts';
export { BlobManager } from './storage/blob-manager.ts';
export { TableManager } from './storage/table-manager.ts';
export { collaborative, defineWorkflow, hierarchical, sequential } from './workflow/orchestrations.ts';
