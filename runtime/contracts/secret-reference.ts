import { z } from 'zod';

/** Where a secret is found: `env:NAME` in the environment, `secret:NAME` in the editor's secret storage. */
export const secretReferenceSchema = z
  .string()
  .regex(/^(env|secret):[A-Za-z_][A-Za-z0-9_]*$/, 'is "env:NAME" or "secret:NAME": secrets never stand in aos.json');
