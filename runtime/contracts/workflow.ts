import { z } from 'zod';
import { idSchema } from './ids.ts';
import { eventTypeSchema } from './messages.ts';
import { checkWorkflow } from './workflow-check.ts';

export * from './workflow-run.ts';

/** Steps of a workflow, and items of all its fan-outs, at most: the state of a run is one row. */
export const MAX_STEPS = 500;
export const MAX_ITEMS = 1000;

/** Texts with `{{input.…}}`, `{{steps.<id>.result…}}`, `{{run.id}}`, `{{run.workflow}}`; in a fan-out also `{{item…}}`, `{{index}}`. */
const template = z.string().min(1).max(100_000);

const timeoutSeconds = z
  .number()
  .gt(0)
  .max(365 * 86_400)
  .optional();

export const retryPolicySchema = z
  .strictObject({
    attempts: z.int().min(1).max(100).default(3).describe('Tries, the first included.'),
    backoff_ms: z.int().min(0).default(100).describe('Wait before the second try; it doubles with each further one.'),
    max_backoff_ms: z.int().min(0).default(60_000).describe('Longest wait between two tries.'),
    jitter: z.number().min(0).max(1).default(0.25).describe('Share by which a wait may be longer, drawn each time.'),
  })
  .describe('What happens when a try fails. What cannot succeed (no such agent, a bad template) is not tried again.');
export type RetryPolicy = z.infer<typeof retryPolicySchema>;

const taskFields = {
  retry: retryPolicySchema.prefault({}),
  timeout_seconds: timeoutSeconds.describe('Longest time of one try. None: no limit.'),
};

const agentTaskFields = {
  kind: z.literal('agent').default('agent'),
  agent: idSchema.describe('Agent that gets the event; its outcome is the result.'),
  task: template.describe('What it is asked to do; `task` in the data of the event.'),
  event: eventTypeSchema.default('TaskRequested').describe('Type of the event.'),
  data: z.record(z.string(), z.unknown()).default({}).describe('Further data of the event; its texts are templates.'),
  ...taskFields,
};

const inferTaskFields = {
  kind: z.literal('infer'),
  agent: idSchema.describe('Agent whose model is asked; the text is the result.'),
  prompt: template,
  ...taskFields,
};

/** What an agent does: an event that it handles, or a prompt to its model. */
export const workflowTaskSchema = z.discriminatedUnion('kind', [
  z.strictObject(agentTaskFields),
  z.strictObject(inferTaskFields),
]);
export type WorkflowTask = z.infer<typeof workflowTaskSchema>;

const stepFields = {
  id: idSchema.describe('Unique within the workflow.'),
  depends_on: z.array(idSchema).default([]).describe('Steps that must be completed before this one begins.'),
  compensate: workflowTaskSchema
    .optional()
    .describe(
      'Undoes the step when the workflow fails or is cancelled later on: after a step that was completed, cancelled while it ran, or timed out. Last ended, first undone. It must stand being run for a step that did nothing.',
    ),
};

const waitFields = {
  ...stepFields,
  timeout_seconds: timeoutSeconds.describe('Longest wait; the step fails then. None: no limit.'),
};

export const workflowStepSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...stepFields, ...agentTaskFields }).describe('An event to an agent.'),
    z.strictObject({ ...stepFields, ...inferTaskFields }).describe("A prompt to an agent's model."),
    z
      .strictObject({
        ...waitFields,
        kind: z.literal('wait'),
        event: eventTypeSchema.describe('Type of the event; its data is the result.'),
        correlation: template.optional().describe('Only an event with this correlation. None: any of the type.'),
      })
      .describe('Waits for an event. One event satisfies one step of a run.'),
    z
      .strictObject({
        ...stepFields,
        kind: z.literal('timer'),
        seconds: z
          .number()
          .min(0)
          .max(365 * 86_400)
          .optional()
          .describe('From the moment the step begins.'),
        until: template.optional().describe('A date and time (ISO 8601), in place of seconds.'),
      })
      .refine((step) => (step.seconds === undefined) !== (step.until === undefined), 'needs "seconds" or "until"')
      .describe('Waits for a time.'),
    z
      .strictObject({
        ...stepFields,
        kind: z.literal('for_each'),
        items: z
          .union([template, z.array(z.unknown()).max(MAX_ITEMS)])
          .describe('An array, or a template that is one placeholder of an array.'),
        step: workflowTaskSchema.describe('Done for every {{item}}; {{index}} counts from 0.'),
        concurrency: z.int().min(1).max(MAX_ITEMS).default(10).describe('Items at a time.'),
      })
      .describe('The same for every item; the result is the array of the results, in the order of the items.'),
    z
      .strictObject({
        ...waitFields,
        kind: z.literal('approval'),
        message: template.describe('What a person is asked to approve.'),
      })
      .describe('Waits for a person. Rejected, the step fails.'),
  ])
  .describe('A step of a workflow.');
export type WorkflowStep = z.infer<typeof workflowStepSchema>;

/**
 * A workflow in aos.json. Steps begin when all they depend on is completed. When one fails, those that run are cancelled,
 * the rest is skipped, and what had an effect is compensated.
 */
export const workflowSchema = z
  .strictObject({
    description: z.string().optional(),
    steps: z.array(workflowStepSchema).min(1).max(MAX_STEPS),
    output: template
      .optional()
      .describe('The result of a run. None: the result of the last step, or of the last ones by id.'),
    timeout_seconds: timeoutSeconds.describe('Longest time of a run, compensation not counted. None: no limit.'),
  })
  .superRefine((workflow, context) => {
    for (const { path, message } of checkWorkflow(workflow)) context.addIssue({ code: 'custom', path, message });
  })
  .describe('A durable workflow.');
export type WorkflowDefinition = z.infer<typeof workflowSchema>;
export type WorkflowDefinitionInput = z.input<typeof workflowSchema>;
