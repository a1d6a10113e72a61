import { z } from 'zod';
import { idSchema } from './ids.ts';

/** Type of an event, e.g. `DecisionRequested`. */
export const eventTypeSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z][\w.-]*$/, 'may hold letters, digits, "_", "-" and ".", and starts with a letter');

/** What a run of a workflow is told; see {@link agentMessageSchema}. */
export const workflowSignalSchema = z.discriminatedUnion('signal', [
  /** It was started, maybe by another replica. */
  z.object({ signal: z.literal('wake') }),
  /** What became of an event that it sent to an agent. */
  z.object({
    signal: z.literal('outcome'),
    event_id: z.string(),
    result: z.unknown().optional(),
    error: z.string().optional(),
  }),
  z.object({
    signal: z.literal('event'),
    id: z.string(),
    type: eventTypeSchema,
    data: z.unknown().optional(),
    correlation: z.string().optional(),
  }),
  /** A person's answer to an approval. */
  z.object({
    signal: z.literal('decide'),
    step_id: z.string(),
    approved: z.boolean(),
    comment: z.string().optional(),
    by: z.string().optional(),
  }),
  z.object({ signal: z.literal('cancel'), reason: z.string() }),
]);
export type WorkflowSignal = z.infer<typeof workflowSignalSchema>;

/**
 * Body of a message on the queue `aos-agent-messages`. Its Service Bus properties: messageId = event_id (so the same id
 * is the same event), sessionId = `shard-<k>`, subject = type, contentType = application/json.
 */
export const agentMessageSchema = z.object({
  event_id: z.string().min(1).max(128),
  agent_id: idSchema,
  type: eventTypeSchema,
  data: z.unknown().optional(),
  /** ISO 8601. */
  sent_at: z.string(),
  /** The message is for a run of a workflow, whose id is `agent_id`; it comes through the same sessions, by the run's shard. */
  workflow: workflowSignalSchema.optional(),
});
export type AgentMessage = z.infer<typeof agentMessageSchema>;

/**
 * Body of an outcome on the topic `agent-events`: subject `<type>.handled` or `<type>.failed`, correlationId = event_id.
 * Events that a handler publishes itself have subject = their type and a body of {@link publishedEventSchema}.
 */
export const outcomeSchema = z.object({
  event_id: z.string(),
  agent_id: idSchema,
  type: eventTypeSchema,
  result: z.unknown().optional(),
  error: z.string().optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const publishedEventSchema = z.object({
  event_id: z.string(),
  /** The agent that published it. */
  agent_id: idSchema,
  type: eventTypeSchema,
  data: z.unknown().optional(),
});
export type PublishedEvent = z.infer<typeof publishedEventSchema>;
