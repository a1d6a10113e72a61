import { z } from 'zod';

/**
 * Agent, adapter and workflow ids: what fits into a Service Bus message id, a table key, a blob name and a URL alike.
 * Letters, digits, `_`, `-` and `.`, at most 100 characters, starting with a letter or digit.
 */
export const idSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'may hold letters, digits, "_", "-" and ".", and starts with a letter or a digit');

/** Lanes of the bulkhead (R49–R51). */
export const prioritySchema = z.enum(['critical', 'normal']);
export type Priority = z.infer<typeof prioritySchema>;
