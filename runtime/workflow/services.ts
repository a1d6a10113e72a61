/** An event of a workflow, on its way to an agent or to whoever listens. The same id is the same event. */
export interface WorkflowEvent {
  id: string;
  type: string;
  data: unknown;
}

/** All that workflows do outside. A call may be made again after a crash, an event with the id it had before. */
export interface WorkflowServices {
  /** Resolves when the bus has taken the event; its outcome comes to `WorkflowRunner.outcome`. */
  sendEvent(agentId: string, event: WorkflowEvent, options: { signal: AbortSignal }): Promise<void>;
  /** Asks an agent's model; resolves with the text. */
  infer(agentId: string, prompt: string, options: { signal: AbortSignal }): Promise<unknown>;
  /** Tells everybody: {@link workflowEvents}. */
  publish(event: WorkflowEvent): Promise<void>;
}

/** Types of the events that workflows publish. Data: `run_id`, `workflow`, and what is said here. */
export const workflowEvents = {
  /** `step_id`, `message` */
  approvalRequested: 'WorkflowApprovalRequested',
  /** `output` */
  completed: 'WorkflowCompleted',
  /** `error`, `code` */
  failed: 'WorkflowFailed',
  /** `error`, `code` */
  cancelled: 'WorkflowCancelled',
} as const;
