import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { VERSION } from '../../../runtime/server/version.ts';
import { format, schemas } from '../../../scripts/generate-schemas.ts';

const read = (file: string) => readFileSync(path.join(import.meta.dirname, '../../..', file), 'utf8');

it.each(Object.entries(schemas()))(
  'media/schemas/%s is what the contracts say (node scripts/generate-schemas.ts)',
  (name, schema) => {
    expect(read(`media/schemas/${name}`)).toBe(format(schema));
  },
);

it('the runtime has the version of package.json', () => {
  expect(JSON.parse(read('package.json')).version).toBe(VERSION);
});
