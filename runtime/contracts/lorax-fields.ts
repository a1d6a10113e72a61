import { z } from 'zod';

/** An optional field: clients in use send every parameter, nulls included. Absent and null both parse to undefined. */
export const optional = <T extends z.ZodType>(schema: T) =>
  schema
    .nullable()
    .transform((value) => value ?? undefined)
    .optional();

/** An unsigned integer. Values above 2^53 − 1 (a random u64 seed) pass, rounded as every JSON number in JavaScript. */
export const unsigned = z
  .number()
  .refine((value) => Number.isInteger(value) && value >= 0, 'expected an unsigned integer');

export const adapterSources = ['hub', 'local', 's3', 'pbase'] as const;
export const adapterSourceSchema = z.enum(adapterSources);
export type AdapterSource = z.infer<typeof adapterSourceSchema>;
