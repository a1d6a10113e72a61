/** Writes media/schemas from the contracts: `node scripts/generate-schemas.ts`. A test holds the files to the contracts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { configSchema } from '../runtime/contracts/config.ts';
import { testPlanSchema } from '../runtime/contracts/load-test.ts';

/** JSON schema by file name. */
export function schemas(): Record<string, object> {
  return {
    'aos.schema.json': { title: 'AOS workspace', ...z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' }) },
    'test-plan.schema.json': {
      title: 'AOS load test plan',
      ...z.toJSONSchema(testPlanSchema, { io: 'input', target: 'draft-7' }),
    },
  };
}

export const schemaFolder = path.join(import.meta.dirname, '../media/schemas');
export const format = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`;

if (process.argv[1] === import.meta.filename) {
  mkdirSync(schemaFolder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas())) writeFileSync(path.join(schemaFolder, name), format(schema));
}
